"""A film's drawings as an ASS script, which ffmpeg renders: text that is written with chalk,
strokes, shapes, one event after another. Coordinates are pixels of a 1280x720 picture."""

import math

WIDTH, HEIGHT, FPS = 1280, 720, 25

HEADER = """[Script Info]
ScriptType: v4.00+
PlayResX: 1280
PlayResY: 720
ScaledBorderAndShadow: yes

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, BackColour, Bold, Italic, \
BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Chalk,DejaVu Serif,44,&HFFFFFF,&H000000,&H000000,0,0,1,0,0,4,0,0,0,1
Style: Plain,DejaVu Sans,30,&HFFFFFF,&H000000,&H000000,0,0,1,0,0,4,0,0,0,1
Style: Clock,DejaVu Sans Mono,64,&HFFFFFF,&H000000,&H000000,1,0,1,0,0,5,0,0,0,1

[Events]
Format: Layer, Start, End, Style, Text
"""


def clock(seconds):
    """h:mm:ss.cc, as ASS writes times; frames start on whole hundredths at 25 fps."""
    cents = round(seconds * 100)
    return f"{cents // 360000}:{cents // 6000 % 60:02}:{cents // 100 % 60:02}.{cents % 100:02}"


def polygon(points):
    return "m " + " l ".join(f"{x:.1f} {y:.1f}" for x, y in points)


def ellipse(x, y, rx, ry=None):
    ry = rx if ry is None else ry
    k = 0.5523  # control points of a quarter circle
    return (
        f"m {x - rx:.1f} {y:.1f} "
        f"b {x - rx:.1f} {y - k * ry:.1f} {x - k * rx:.1f} {y - ry:.1f} {x:.1f} {y - ry:.1f} "
        f"b {x + k * rx:.1f} {y - ry:.1f} {x + rx:.1f} {y - k * ry:.1f} {x + rx:.1f} {y:.1f} "
        f"b {x + rx:.1f} {y + k * ry:.1f} {x + k * rx:.1f} {y + ry:.1f} {x:.1f} {y + ry:.1f} "
        f"b {x - k * rx:.1f} {y + ry:.1f} {x - rx:.1f} {y + k * ry:.1f} {x - rx:.1f} {y:.1f}"
    )


def rectangle(x, y, width, height):
    return polygon([(x, y), (x + width, y), (x + width, y + height), (x, y + height)])


def stroke(points, width):
    """A line of the given width through the points: one quad for each piece, round joints."""
    shapes = []
    for (x1, y1), (x2, y2) in zip(points, points[1:]):
        length = math.hypot(x2 - x1, y2 - y1)
        if length == 0:
            continue
        dx, dy = (x2 - x1) / length * width / 2, (y2 - y1) / length * width / 2
        shapes.append(
            polygon([(x1 - dy, y1 + dx), (x1 + dy, y1 - dx), (x2 + dy, y2 - dx), (x2 - dy, y2 + dx)])
        )
        shapes.append(ellipse(x2, y2, width / 2))
    return " ".join(shapes)


class Film:
    def __init__(self, seconds):
        self.seconds = seconds
        self.still = []  # what is there from the first to the last frame: below all else
        self.moving = []

    def frames(self, start=0.0, end=None):
        """The times of all frames in [start, end)."""
        end = self.seconds if end is None else end
        return [i / FPS for i in range(round(start * FPS), round(end * FPS))]

    def event(self, layer, start, end, style, text):
        lines = self.still if start == 0 and end == self.seconds else self.moving
        lines.append(f"Dialogue: {layer},{clock(start)},{clock(end)},{style},{text}")

    def shape(self, layer, start, end, path, colour, tags=""):
        self.event(
            layer, start, end, "Plain",
            f"{{\\an7\\pos(0,0)\\1c&H{colour}&\\bord0\\shad0{tags}\\p1}}{path}",
        )

    def text(self, layer, start, end, x, y, text, size, colour, style="Plain", tags=""):
        self.event(
            layer, start, end, style,
            f"{{\\pos({x},{y})\\fs{size}\\1c&H{colour}&{tags}}}{text}",
        )

    def write(self, start, end, x, y, text, size, colour, seconds, chalk="FFFFFF", tags=""):
        """Text that appears from left to right as a hand would write it, the chalk before it."""
        width = len(text) * size * 0.58
        top, bottom = y - size, y + size
        reveal = (
            f"\\clip({x - 8},{top:.0f},{x - 8},{bottom:.0f})"
            f"\\t(0,{seconds * 1000:.0f},\\clip({x - 8},{top:.0f},{x + width:.0f},{bottom:.0f}))"
        )
        self.text(3, start, end, x, y, text, size, colour, "Chalk", reveal + tags)
        self.chalk(start, seconds, [(x, y), (x + width * 0.95, y)], size / 3, chalk)

    def draw(self, start, end, points, width, colour, seconds):
        """A stroke that grows along its points."""
        steps = max(2, round(seconds * FPS))
        for step in range(1, steps):
            part = along(points, step / steps)
            at = start + step / FPS
            self.shape(3, at, at + 1 / FPS, stroke(part, width), colour)
        self.shape(3, start + steps / FPS, end, stroke(points, width), colour)
        self.chalk(start, seconds, points, 0, "FFFFFF")

    def chalk(self, start, seconds, points, wiggle, colour):
        for t in self.frames(start, start + seconds):
            x, y = along(points, (t - start) / seconds)[-1]
            y += wiggle * math.sin(t * 29)
            stick = stroke([(x, y), (x + 14, y - 26)], 9)
            self.shape(4, t, t + 1 / FPS, stick, colour)

    def scripts(self):
        return tuple(HEADER + "\n".join(lines) + "\n" for lines in (self.still, self.moving))


def along(points, part):
    """The first `part` (0..1) of a polyline, by length."""
    lengths = [math.dist(a, b) for a, b in zip(points, points[1:])]
    left = sum(lengths) * part
    taken = [points[0]]
    for (x1, y1), (x2, y2), length in zip(points, points[1:], lengths):
        if length >= left:
            share = left / length if length else 0
            taken.append((x1 + (x2 - x1) * share, y1 + (y2 - y1) * share))
            break
        taken.append((x2, y2))
        left -= length
    return taken
