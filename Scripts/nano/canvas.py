"""An antialiased canvas: shapes by signed distance, in a unit square seen by a drifting camera.

Scenes draw in world coordinates: x to the right and y down, the middle of the picture at (0, 0), its
shorter side from -0.5 to 0.5. The camera moves and zooms all of it a little.
"""

import dataclasses

import numpy as np


@dataclasses.dataclass
class Camera:
    """A slow drift around the middle of the scene, and a zoom."""

    amplitude: np.ndarray  # [2], world units
    rate: np.ndarray  # [2], radians a second
    phase: np.ndarray  # [2], radians
    zoom: float

    @staticmethod
    def sample(rng):
        return Camera(
            amplitude=rng.uniform(0, 0.03, 2), rate=rng.uniform(0.3, 1.5, 2),
            phase=rng.uniform(0, 2 * np.pi, 2), zoom=rng.uniform(0.9, 1.1))

    def offset(self, time):
        return self.amplitude * np.sin(self.rate * time + self.phase)


class Canvas:
    """Pixels [height, width, 3], float32 in [0, 1], and where the camera looks."""

    def __init__(self, background, camera, time):
        self.pixels = background.copy()
        self.height, self.width = background.shape[:2]
        self.scale = min(self.height, self.width) * camera.zoom
        self.offset = camera.offset(time)

    def _to_pixels(self, x, y):
        return (
            (x - self.offset[0]) * self.scale + self.width / 2,
            (y - self.offset[1]) * self.scale + self.height / 2)

    def _fill(self, left, top, right, bottom, distance, color, opacity):
        """Blends a color where `distance(x, y)`, in pixels, is negative, within a bounding box."""
        x0, x1 = max(0, int(left) - 1), min(self.width, int(right) + 2)
        y0, y1 = max(0, int(top) - 1), min(self.height, int(bottom) + 2)
        if x0 >= x1 or y0 >= y1:
            return
        x = np.arange(x0, x1, dtype=np.float32)[None] + 0.5
        y = np.arange(y0, y1, dtype=np.float32)[:, None] + 0.5
        cover = np.clip(0.5 - distance(x, y), 0, 1)[..., None] * np.float32(opacity)
        area = self.pixels[y0:y1, x0:x1]
        area += cover * (np.asarray(color, np.float32) - area)

    def circle(self, x, y, radius, color, opacity=1.0, stretch=1.0):
        """A disc, or an ellipse `stretch` times as wide as it is high; its area is kept."""
        cx, cy = self._to_pixels(x, y)
        r = radius * self.scale
        wide, high = r * np.sqrt(stretch), r / np.sqrt(stretch)

        def distance(px, py):
            u, v = (px - cx) / wide, (py - cy) / high
            return (np.sqrt(u * u + v * v) - 1) * min(wide, high)

        self._fill(cx - wide, cy - high, cx + wide, cy + high, distance, color, opacity)

    def ring(self, x, y, radius, thickness, color, opacity=1.0, flatness=1.0):
        """A ring, `flatness` times as high as it is wide."""
        cx, cy = self._to_pixels(x, y)
        r, half = radius * self.scale, thickness * self.scale / 2

        def distance(px, py):
            u, v = px - cx, (py - cy) / flatness
            return np.abs(np.sqrt(u * u + v * v) - r) - half

        reach = r + half
        self._fill(
            cx - reach, cy - reach * flatness, cx + reach, cy + reach * flatness, distance, color,
            opacity)

    def bar(self, x0, y0, x1, y1, thickness, color, opacity=1.0):
        """A line with round ends."""
        ax, ay = self._to_pixels(x0, y0)
        bx, by = self._to_pixels(x1, y1)
        half = thickness * self.scale / 2
        dx, dy = bx - ax, by - ay
        squared = max(dx * dx + dy * dy, 1e-6)

        def distance(px, py):
            along = np.clip(((px - ax) * dx + (py - ay) * dy) / squared, 0, 1)
            return np.hypot(px - ax - along * dx, py - ay - along * dy) - half

        self._fill(
            min(ax, bx) - half, min(ay, by) - half, max(ax, bx) + half, max(ay, by) + half, distance,
            color, opacity)

    def box(self, x, y, width, height, color, opacity=1.0, angle=0.0):
        """A rectangle around (x, y), turned clockwise by radians."""
        cx, cy = self._to_pixels(x, y)
        half_w, half_h = width * self.scale / 2, height * self.scale / 2
        cosine, sine = np.cos(angle), np.sin(angle)
        reach = np.hypot(half_w, half_h) if angle else None
        reach_x, reach_y = (reach, reach) if angle else (half_w, half_h)

        def distance(px, py):
            u = (px - cx) * cosine + (py - cy) * sine
            v = (py - cy) * cosine - (px - cx) * sine
            return np.maximum(np.abs(u) - half_w, np.abs(v) - half_h)

        self._fill(
            cx - reach_x, cy - reach_y, cx + reach_x, cy + reach_y, distance, color, opacity)

    def shade(self, color, opacity):
        """Blends a color over everything."""
        self.pixels += np.float32(opacity) * (np.asarray(color, np.float32) - self.pixels)

    def finished(self, noise, rng):
        """[height, width, 3] bytes, with sensor noise of a standard deviation in [0, 1]."""
        grain = rng.standard_normal(self.pixels.shape[:2], dtype=np.float32)[..., None] * noise
        return np.clip((self.pixels + grain) * 255 + 0.5, 0, 255).astype(np.uint8)


def background(rng, height, width):
    """A gradient between two colors under smooth blotches, [height, width, 3]."""
    top, bottom = rng.uniform(0.15, 0.85, 3), rng.uniform(0.15, 0.85, 3)
    ramp = np.linspace(0, 1, height)[:, None, None]
    picture = (top * (1 - ramp) + bottom * ramp) * np.ones((1, width, 1))
    coarse = rng.normal(size=(6, 8))
    rows = np.linspace(0, 4.999, height)
    columns = np.linspace(0, 6.999, width)
    i, j = rows.astype(int)[:, None], columns.astype(int)[None]
    u, v = (rows % 1)[:, None], (columns % 1)[None]
    u, v = u * u * (3 - 2 * u), v * v * (3 - 2 * v)
    blotches = (
        (coarse[i, j] * (1 - v) + coarse[i, j + 1] * v) * (1 - u)
        + (coarse[i + 1, j] * (1 - v) + coarse[i + 1, j + 1] * v) * u)
    strength = rng.uniform(0.0, 0.06)
    return np.clip(picture + strength * blotches[..., None], 0, 1).astype(np.float32)


def color(rng, brightness=(0.2, 0.95)):
    """A random color, [3]."""
    return rng.uniform(*brightness, 3)
