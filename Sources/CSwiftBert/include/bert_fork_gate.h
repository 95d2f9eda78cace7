#ifndef BERT_FORK_GATE_H
#define BERT_FORK_GATE_H

/// Enters a section during which the process must not fork. Waits while a fork is in progress.
void bert_fork_gate_enter(void);

/// Leaves the section.
void bert_fork_gate_leave(void);

#endif
