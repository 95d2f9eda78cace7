"""Plots and bar charts as SVG, without dependencies."""
import math
from html import escape

width, height, left, top, right, bottom = 640, 400, 64, 44, 24, 56


def text(x, y, words, anchor="middle", size=12, turn=None):
    rotation = f' transform="rotate({turn} {x:.1f} {y:.1f})"' if turn else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"{rotation}>{escape(words)}</text>'


def document(parts):
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">\n'
        f'<rect width="{width}" height="{height}" fill="white"/>\n{body}\n</svg>\n')


class Scale:
    """Maps values to coordinates of an axis."""

    def __init__(self, values, start, end, logarithmic):
        self.logarithmic, self.start, self.end = logarithmic, start, end
        low, high = min(values), max(values)
        if logarithmic:
            self.ticks = [2.0**power for power in range(math.floor(math.log2(low)), math.ceil(math.log2(high)) + 1)]
            self.ticks = self.ticks[:: math.ceil(len(self.ticks) / 9)]
            low, high = min(low, self.ticks[0]), max(high, self.ticks[-1])
        else:
            step = 10 ** math.floor(math.log10((high - low or high or 1) / 4))
            step *= next(factor for factor in (1, 2, 5, 10) if (high - low) / (step * factor) <= 7)
            low, high = math.floor(low / step) * step, math.ceil(high / step) * step
            self.ticks = [low + step * index for index in range(round((high - low) / step) + 1)]
        self.low, self.high = self.measure(low), self.measure(high)

    def measure(self, value):
        return math.log2(value) if self.logarithmic else value

    def __call__(self, value):
        return self.start + (self.measure(value) - self.low) / (self.high - self.low or 1) * (self.end - self.start)


class Plot:
    """Draws a line plot."""

    def __init__(self, title, x_title, y_title, logarithmic=False):
        self.title, self.x_title, self.y_title, self.logarithmic = title, x_title, y_title, logarithmic
        self.lines = []

    def line(self, name, x, y, colour, labels=None, dashed=False):
        self.lines.append((name, x, y, colour, labels, dashed))

    def svg(self):
        x = Scale([value for line in self.lines for value in line[1]], left, width - right, self.logarithmic)
        y = Scale([value for line in self.lines for value in line[2]], height - bottom, top, self.logarithmic)
        parts = [text(width / 2, 24, self.title, size=14), text(width / 2, height - 12, self.x_title)]
        parts.append(text(16, height / 2, self.y_title, turn=-90))
        for tick in x.ticks:
            parts.append(f'<line x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="{top}" y2="{height - bottom}" stroke="#eee"/>')
            parts.append(text(x(tick), height - bottom + 18, f"{tick:g}"))
        for tick in y.ticks:
            parts.append(f'<line x1="{left}" x2="{width - right}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" stroke="#eee"/>')
            parts.append(text(left - 8, y(tick) + 4, f"{tick:.4g}", "end"))
        for row, (name, xs, ys, colour, labels, dashed) in enumerate(self.lines):
            points = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in zip(xs, ys))
            dash = ' stroke-dasharray="6 4"' if dashed else ""
            parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')
            for index, (a, b) in enumerate(zip(xs, ys)):
                parts.append(f'<circle cx="{x(a):.1f}" cy="{y(b):.1f}" r="3" fill="{colour}"/>')
                if labels:
                    parts.append(text(x(a), y(b) - 8, labels[index], size=9))
            key = height - bottom - 12 - 18 * row
            parts.append(f'<line x1="{width - 250}" x2="{width - 226}" y1="{key}" y2="{key}" stroke="{colour}" stroke-width="2"{dash}/>')
            parts.append(text(width - 220, key + 4, name, "start"))
        return document(parts)


class Bars:
    """Draws a stacked bar chart."""

    colours = ["#1f6feb", "#d1242f", "#2da44e", "#bf8700", "#8250df", "#57606a", "#0a7ea4", "#bc4c00"]

    def __init__(self, title, parts):
        self.title, self.parts, self.bars = title, parts, []

    def bar(self, name, shares):
        self.bars.append((name, shares))

    def svg(self):
        start, end = 150, width - right
        pitch = (height - top - bottom) / len(self.bars)
        parts = [text(width / 2, 24, self.title, size=14)]
        for row, (name, shares) in enumerate(self.bars):
            y, x = top + row * pitch, start
            parts.append(text(start - 8, y + pitch / 2 + 4, name, "end"))
            for index, share in enumerate(shares):
                size = share * (end - start)
                colour = self.colours[index % len(self.colours)]
                parts.append(f'<rect x="{x:.1f}" y="{y + 2:.1f}" width="{size:.1f}" height="{pitch - 4:.1f}" fill="{colour}"/>')
                if share >= 0.06:
                    parts.append(f'<g fill="white">{text(x + size / 2, y + pitch / 2 + 4, f"{100 * share:.0f} %", size=11)}</g>')
                x += size
        x = start
        for index, name in enumerate(self.parts):
            parts.append(f'<rect x="{x}" y="{height - 36}" width="12" height="12" fill="{self.colours[index % len(self.colours)]}"/>')
            parts.append(text(x + 16, height - 26, name, "start", size=11))
            x += 28 + 7 * len(name)
        return document(parts)
