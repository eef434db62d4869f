"""Draw the app's two icons, one call that becomes three: `python -m deploy.icons`."""

import math
import struct
import zlib
from itertools import pairwise
from pathlib import Path

type Point = tuple[float, float]
type Colour = tuple[int, int, int]

NAVY, WHITE, AMBER = (31, 58, 95), (255, 255, 255), (247, 181, 56)
# On a square of 1 by 1: where the call comes from, and where it goes to.
CALLER, TARGETS = (0.235, 0.5), ((0.755, 0.22), (0.755, 0.5), (0.755, 0.78))
LINE = 0.032


def curve(end: Point) -> list[Point]:
    """Go level out of the caller and level into `end`."""
    (x, y), (to_x, to_y), bend = CALLER, end, 0.3
    return [
        (
            (1 - t) ** 3 * x + 3 * (1 - t) ** 2 * t * (x + bend) + 3 * (1 - t) * t * t * (to_x - bend) + t**3 * to_x,
            ((1 - t) ** 3 + 3 * (1 - t) ** 2 * t) * y + (3 * (1 - t) * t * t + t**3) * to_y,
        )
        for t in (step / 16 for step in range(17))
    ]


def off(point: Point, start: Point, end: Point) -> float:
    """Give the distance of a point from a stretch."""
    along = (end[0] - start[0], end[1] - start[1])
    share = ((point[0] - start[0]) * along[0] + (point[1] - start[1]) * along[1]) / (along[0] ** 2 + along[1] ** 2)
    share = min(1.0, max(0.0, share))
    return math.dist(point, (start[0] + share * along[0], start[1] + share * along[1]))


def draw(size: int, ground: Colour | None, caller: Colour, *, line: float, caller_dot: float, dot: float) -> bytes:
    """Draw the mark as a PNG; without a ground, on nothing."""
    stretches = [pair for end in TARGETS for pair in pairwise(curve(end))]
    rows = b""
    for y in range(size):
        row = bytearray(b"\0")
        for x in range(size):
            at = ((x + 0.5) / size, (y + 0.5) / size)
            lines = min(off(at, *stretch) for stretch in stretches) - line
            dots = min(math.dist(at, target) for target in TARGETS) - dot
            white = min(1.0, max(0.0, 0.5 - min(lines, dots) * size))
            round_caller = min(1.0, max(0.0, 0.5 - (math.dist(at, CALLER) - caller_dot) * size))
            if ground is None:
                row += bytes((*WHITE, round(255 * max(white, round_caller))))
                continue
            under = [below + (above - below) * white for below, above in zip(ground, WHITE, strict=True)]
            mixed = (below + (above - below) * round_caller for below, above in zip(under, caller, strict=True))
            row += bytes((*(round(value) for value in mixed), 255))
        rows += row
    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


if __name__ == "__main__":
    folder = Path(__file__).parents[1] / "teams"
    (folder / "color.png").write_bytes(draw(192, NAVY, AMBER, line=LINE / 2, caller_dot=0.105, dot=0.078))
    (folder / "outline.png").write_bytes(draw(32, None, WHITE, line=0.03, caller_dot=0.13, dot=0.1))
