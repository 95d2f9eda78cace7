#ifndef BERT_FORK_GATE_H
#define BERT_FORK_GATE_H

/// Begins work that no fork of the process may divide; waits while it forks.
void bert_fork_gate_enter(void);

/// Ends it.
void bert_fork_gate_leave(void);

#endif
