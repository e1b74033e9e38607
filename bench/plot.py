"""Lines over one axis, as SVG that reads well on light and dark pages. Standard library only."""

WIDTH, HEIGHT = 720, 360
LEFT, RIGHT, TOP, BOTTOM = 64, 28, 64, 48
COLOURS = ("#2266cc", "#cc5522", "#448844", "#884499")
INK = "#777777"


def step_of(largest):
    """A round distance of grid lines: four to eight of them."""
    step = 1
    while largest / step > 8:
        step *= 5 if str(step)[0] == "2" else 2
        step = {4: 5, 40: 50, 400: 500, 4000: 5000}.get(step, step)
    return step


def svg(what, over, lines):
    points = [point for line in lines.values() for point in line]
    most_x = max(x for x, _ in points)
    step = step_of(max(y for _, y in points))
    most_y = step * -(-max(y for _, y in points) // step)
    width, height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def place(x, y):
        return LEFT + width * x / most_x, TOP + height * (1 - y / most_y)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">']
    out.append(f'<g fill="{INK}"><text x="8" y="18">{what}</text>')
    out.append(f'<text x="{LEFT + width}" y="{HEIGHT - 8}" text-anchor="end">{over}</text>')
    for value in range(0, int(most_y) + 1, step):
        _, y = place(0, value)
        out.append(f'<path d="M{LEFT} {y:.1f}h{width}" stroke="{INK}" stroke-opacity=".3"/>')
        out.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:,}</text>')
    for value in sorted({x for x, _ in points}):
        x, _ = place(value, 0)
        out.append(f'<text x="{x:.1f}" y="{TOP + height + 18}" text-anchor="middle">{value:,}</text>')
    out.append("</g>")
    for index, (label, line) in enumerate(lines.items()):
        colour = COLOURS[index % len(COLOURS)]
        path = "L".join("{:.1f} {:.1f}".format(*place(x, y)) for x, y in line)
        out.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for x, y in line:
            out.append('<circle cx="{:.1f}" cy="{:.1f}" r="3" fill="{}"/>'.format(*place(x, y), colour))
        x = LEFT + index * width / len(lines)
        out.append(f'<text x="{x:.0f}" y="42" fill="{colour}">{label}</text>')
    return "\n".join([*out, "</svg>", ""])
