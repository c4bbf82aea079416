"""A ball under gravity as this project's world does not draw it: to see what was learned, and what by heart.

It falls and bounces by the laws of mechanics, loses height at every bounce and is thrown up again, on plain
ground before a plain wall, at 25 or 30 pictures a second, seen by a camera that stands still.
"""

import numpy as np

from canvas import Camera, Canvas

HEIGHT, WIDTH = 240, 320
SIDE = 0.5  # from the middle to the walls that it comes back from
SHORTEST = 0.4  # seconds of a flight, below which it is thrown up again
LAST = 0.1  # seconds before the end in which nothing strikes, as its sound could not be heard


class ThrownBall:
    """One clip: when it strikes, and its frames."""

    name = "thrown ball"

    def __init__(self, seed, seconds):
        self.seconds = seconds
        for attempt in range(1000):
            self._draw(np.random.default_rng([seed, attempt]))
            ends_well = not (self._strikes[self._strikes < seconds] > seconds - LAST).any()
            if np.abs(self.wall - self.color).max() > 0.3 and self._strikes[0] < seconds and ends_well:
                return
        raise SystemExit(f"no ball for seed {seed} of {seconds} s")

    def _draw(self, rng):
        self.rate = int(rng.choice([25, 30]))
        self.gravity = rng.uniform(1.8, 3.0)
        self.floor, self.radius = rng.uniform(0.25, 0.4), rng.uniform(0.05, 0.1)
        self.wall, self.ground, self.color = (rng.uniform(0.1, 0.95, 3) for _ in range(3))
        self.x, self.speed = rng.uniform(-0.25, 0.25, 2)
        self.drop, bounciness = rng.uniform(0.25, 0.55), rng.uniform(0.75, 0.92)
        strikes, speeds = [np.sqrt(2 * self.drop / self.gravity)], []
        speed = self.gravity * strikes[0]
        while strikes[-1] < self.seconds + 2:
            speed *= bounciness
            if 2 * speed / self.gravity < SHORTEST:
                speed = self.gravity * rng.uniform(SHORTEST, 1.0) / 2
            speeds.append(speed)
            strikes.append(strikes[-1] + 2 * speed / self.gravity)
        self._strikes, self._speeds = np.array(strikes), speeds

    @property
    def events(self):
        """Seconds at which it strikes, `[n]`."""
        return self._strikes[self._strikes < self.seconds]

    def _height(self, time):
        if time < self._strikes[0]:
            return self.drop - self.gravity * time**2 / 2
        last = np.searchsorted(self._strikes, time, "right") - 1
        since = time - self._strikes[last]
        return self._speeds[last] * since - self.gravity * since**2 / 2

    def frames(self):
        """`[seconds · rate, 240, 320, 3]` bytes; a frame shows the middle of its time."""
        wall = np.ones((HEIGHT, WIDTH, 3), np.float32) * self.wall.astype(np.float32)
        camera = Camera(np.zeros(2), np.zeros(2), np.zeros(2), 1.0)
        frames = []
        for index in range(round(self.seconds * self.rate)):
            time = (index + 0.5) / self.rate
            canvas = Canvas(wall, camera, time)
            canvas.box(0, self.floor + 0.5, 3, 1, self.ground)
            x = abs((self.x + self.speed * time + SIDE) % (4 * SIDE) - 2 * SIDE) - SIDE
            canvas.circle(
                x, self.floor - self.radius - self._height(time), self.radius, self.color)
            frames.append(canvas.finished(0, np.random.default_rng(0)))
        return np.stack(frames)
