"""What is seen in the lesson: a board on which a formula is written, a pendulum that swings, its
curve, a teacher who speaks, and a clock."""

import math

from lesson.drawing import FPS, Film, ellipse, polygon, rectangle, stroke

CHALK, YELLOW, BLUE, GREEN, PINK = "F2F5F5", "7FE3FF", "FFD9A0", "B4F0B0", "C8B4FF"
DIM = "B9CFC6"
PERIOD = 2.0  # seconds of one swing: as the lesson says of one metre
AMPLITUDE = math.radians(20)


def angle(t):
    return AMPLITUDE * math.cos(2 * math.pi * t / PERIOD)


def furniture(film):
    end = film.seconds
    for x, y, rx, ry in ((330, 300, 300, 90), (930, 250, 260, 150), (560, 520, 320, 70)):
        film.shape(0, 0, end, ellipse(x, y, rx, ry), "62806F", "\\1a&HD8&\\blur40")
    for path in (rectangle(0, 0, 1280, 16), rectangle(0, 0, 16, 720), rectangle(1264, 0, 16, 720)):
        film.shape(1, 0, end, path, "30507A")
    film.shape(1, 0, end, rectangle(0, 634, 1280, 86), "30507A")
    film.shape(1, 0, end, rectangle(0, 634, 1280, 6), "4A74A6")
    for x, colour in ((560, CHALK), (612, YELLOW), (660, PINK)):
        film.shape(1, 0, end, stroke([(x, 629), (x + 34, 629)], 9), colour)
    film.text(2, 0, end, 70, 64, "Bandul sederhana", 50, YELLOW, "Chalk", "\\b1")
    film.text(2, 0, end, 72, 110, "The simple pendulum", 28, DIM, "Chalk", "\\i1")
    film.shape(2, 0, end, stroke([(70, 136), (560, 140)], 3), YELLOW)


def timepiece(film):
    film.shape(5, 0, film.seconds, rectangle(998, 30, 246, 84), "1B2420")
    film.shape(5, 0, film.seconds, rectangle(998, 30, 246, 4), YELLOW)
    for tenth in range(round(film.seconds * 10)):
        start = math.ceil(tenth * FPS / 10) / FPS
        end = math.ceil((tenth + 1) * FPS / 10) / FPS
        face = f"{tenth // 600}:{tenth // 10 % 60:02}.{tenth % 10}"
        film.text(6, start, end, 1121, 74, face, 62, "FFFFFF", "Clock")


def pendulum(film):
    px, py, length = 880, 170, 230
    end = film.seconds
    film.shape(2, 0, end, stroke([(px - 70, py), (px + 70, py)], 6), CHALK)
    for i in range(7):
        x = px - 66 + i * 22
        film.shape(2, 0, end, stroke([(x, py - 2), (x + 12, py - 16)], 3), DIM)
    for i in range(12):
        y = py + 12 + i * 22
        film.shape(2, 0, end, stroke([(px, y), (px, y + 10)], 2), DIM)
    arc = [
        (px + length * math.sin(a), py + length * math.cos(a))
        for a in (AMPLITUDE * (i / 12 - 1) for i in range(25))
    ]
    film.shape(2, 0, end, stroke(arc, 2), "8FA79C")
    film.text(2, 0, end, px + 104, py + 112, "L", 40, BLUE, "Chalk", "\\i1")
    film.text(2, 0, end, px + 56, py + 272, "m", 36, PINK, "Chalk", "\\i1")
    for t in film.frames():
        a = angle(t)
        x, y = px + length * math.sin(a), py + length * math.cos(a)
        film.shape(3, t, t + 1 / FPS, stroke([(px, py), (x, y)], 4), BLUE)
        film.shape(3, t, t + 1 / FPS, ellipse(x, y, 26), "3C9BFF")
        film.shape(3, t, t + 1 / FPS, ellipse(x - 8, y - 9, 7), "9FD0FF")


def curve(film):
    left, right, middle, height, span = 700, 1226, 536, 52, 8.0
    film.shape(2, 0, film.seconds, stroke([(left, middle), (right + 10, middle)], 3), DIM)
    film.shape(2, 0, film.seconds, stroke([(left, middle - 76), (left, middle + 76)], 3), DIM)
    film.text(2, 0, film.seconds, left + 12, middle - 72, "θ", 30, YELLOW, "Chalk", "\\i1")
    film.text(2, 0, film.seconds, right - 10, middle + 28, "t", 30, DIM, "Chalk", "\\i1")
    pen = right - 40
    for t in film.frames():
        points = []
        for i in range(105):
            s = t - span * (1 - i / 104)
            points.append((left + (pen - left) * i / 104, middle - height * angle(s) / AMPLITUDE))
        film.shape(3, t, t + 1 / FPS, stroke(points, 4), YELLOW)
        film.shape(3, t, t + 1 / FPS, ellipse(*points[-1], 8), "3C9BFF")


def teacher(film, loudness):
    """`loudness`: 0..1 for each frame; it opens the mouth."""
    x, y = 150, 482
    end = film.seconds
    skin, hair, coat = "8FB6E0", "22283A", "9A5A30"
    film.shape(3, 0, end, polygon([(x - 76, 634), (x - 60, y + 92), (x - 26, y + 66), (x + 26, y + 66),
                                   (x + 60, y + 92), (x + 76, 634)]), coat)
    film.shape(3, 0, end, polygon([(x - 18, y + 64), (x, y + 104), (x + 18, y + 64)]), "F0F0F0")
    film.shape(3, 0, end, rectangle(x - 13, y + 40, 26, 30), skin)
    for frame, t in enumerate(film.frames()):
        until = t + 1 / FPS
        nod = 3 * math.sin(2 * math.pi * t / 5) + 4 * loudness[frame]
        hx, hy = x + 5 * math.sin(2 * math.pi * t / 6), y + nod
        film.shape(4, t, until, ellipse(hx, hy - 10, 58, 60), hair)
        film.shape(5, t, until, ellipse(hx, hy + 6, 46, 52), skin)
        film.shape(6, t, until, ellipse(hx - 8, hy - 44, 44, 20), hair)
        blink = 1 if t % 4 < 0.12 else 6
        for eye in (-17, 17):
            film.shape(6, t, until, ellipse(hx + eye, hy, 5, blink), "201818")
            film.shape(6, t, until, stroke([(hx + eye - 9, hy - 15), (hx + eye + 9, hy - 16)], 3), hair)
        film.shape(6, t, until, ellipse(hx, hy + 30, 13, 2.5 + 11 * loudness[frame]), "3838A0")
        reach = 0.5 + 0.5 * math.sin(2 * math.pi * t / 7.5)
        elbow = (x + 96, y + 120 - 14 * reach)
        hand = (x + 150 + 18 * reach, y + 74 - 36 * reach)
        film.shape(4, t, until, stroke([(x + 52, y + 100), elbow, hand], 26), coat)
        film.shape(5, t, until, ellipse(*hand, 13), skin)
        film.shape(5, t, until, stroke([hand, (hand[0] + 58, hand[1] - 50)], 4), "5A8AC0")


def slides(film):
    first, second, third = 14.0, 30.0, 45.0
    film.write(1.2, first, 72, 196, "Satu ayunan: pergi dan kembali", 32, CHALK, 3.0)
    film.write(5.4, first, 72, 244, "One swing: there and back", 26, DIM, 2.4)
    film.write(9.4, first, 72, 318, "Berapa lama?", 40, PINK, 1.4)
    film.write(11.2, first, 372, 318, "T = ?", 46, YELLOW, 0.9)

    film.write(14.6, second, 82, 226, "T = 2π", 76, CHALK, 2.2)
    film.draw(17.4, second, [(352, 236), (368, 228), (388, 276), (416, 164), (520, 164)], 6, CHALK, 1.6)
    film.write(19.4, second, 448, 196, "L", 48, BLUE, 0.6)
    film.draw(20.2, second, [(428, 228), (508, 228)], 5, CHALK, 0.6)
    film.write(21.0, second, 450, 256, "g", 48, GREEN, 0.6)
    film.write(23.0, second, 82, 326, "L  panjang tali · length", 28, BLUE, 2.0)
    film.write(26.0, second, 82, 370, "g  gravitasi · 9,8 m/s²", 28, GREEN, 2.0)

    film.write(30.6, third, 82, 194, "L = 1 m", 46, BLUE, 1.4)
    film.write(33.0, third, 322, 194, "g = 9,8 m/s²", 46, GREEN, 1.8)
    film.write(36.0, third, 82, 272, "T = 2 · 3,14 · √(1 / 9,8)", 42, CHALK, 3.0)
    film.write(39.8, third, 82, 354, "T ≈ 2,0 s", 56, YELLOW, 1.6)
    film.draw(41.8, third, [(60, 308), (404, 304), (408, 392), (58, 394), (60, 308)], 5, PINK, 1.6)

    film.write(45.6, 58.4, 82, 196, "Massa?", 46, PINK, 1.2)
    film.write(47.2, 58.4, 300, 196, "tidak berpengaruh", 38, CHALK, 1.6)
    film.write(49.0, 58.4, 82, 244, "The mass does not matter", 26, DIM, 1.6)
    film.write(51.2, 58.4, 82, 318, "L × 4", 50, BLUE, 1.0)
    film.draw(52.6, 58.4, [(262, 318), (342, 318), (322, 302), (342, 318), (322, 334)], 5, CHALK, 0.9)
    film.write(53.8, 58.4, 372, 318, "T × 2", 50, YELLOW, 1.0)


def captions(film, sentences):
    for start, end, text in sentences:
        film.text(7, start, end, 640, 680, text, 30, "FFFFFF", "Plain", "\\an5")


def scripts(seconds, sentences, loudness):
    """The whole film: what stands still, what moves. `sentences`: (start, end, text) of what is said."""
    film = Film(seconds)
    furniture(film)
    timepiece(film)
    pendulum(film)
    curve(film)
    teacher(film, loudness)
    slides(film)
    captions(film, sentences)
    return film.scripts()
