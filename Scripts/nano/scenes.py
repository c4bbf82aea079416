"""Visible events and the sounds they make: a class a kind.

A scene is drawn from a generator of random numbers once; afterwards `draw` and `sound` are functions of
time alone. `events` are the seconds at which something strikes; scenes that only last have a `level`
between 0 and 1 that both picture and sound follow.
"""

import numpy as np

from canvas import color
from sounds import GRID, RATE, add, band, burst, modes, on_grid, sampled, silence, sweep


def strikes(rng, seconds, shortest, longest):
    """Times of strikes with irregular gaps, none in the first or last tenth of a second."""
    times = [rng.uniform(0.15, longest)]
    while times[-1] < seconds:
        times.append(times[-1] + rng.uniform(shortest, longest))
    return np.array([time for time in times if time < seconds - 0.1])


def wandering(rng, seconds, slowest=2.0, fastest=5.0):
    """A smooth function of time between 0 and 1 that turns every few seconds."""
    times = [0.0]
    while times[-1] < seconds:
        times.append(times[-1] + rng.uniform(slowest, fastest) / 2)
    high = rng.random() < 0.5
    values = []
    for _ in times:
        values.append(rng.uniform(0.65, 1.0) if high else rng.uniform(0.0, 0.25))
        high = not high

    def level(time):
        index = np.clip(np.searchsorted(times, time, "right") - 1, 0, len(times) - 2)
        start, end = np.take(times, index), np.take(times, index + 1)
        u = np.clip((time - start) / (end - start), 0, 1)
        u = u * u * (3 - 2 * u)
        return np.take(values, index) * (1 - u) + np.take(values, index + 1) * u

    return level


class Scene:
    """What all scenes have in common."""

    captions = []

    def __init__(self, rng, seconds):
        self.seconds = seconds
        self.events = np.zeros(0)
        self.level = None
        self.prepare(rng)

    def since(self, time):
        """Index of the latest event and seconds since it, or (-1, a long time)."""
        index = int(np.searchsorted(self.events, time, "right")) - 1
        return index, time - self.events[index] if index >= 0 else 10.0

    def until(self, time):
        """Seconds until the next event, or a long time."""
        index = int(np.searchsorted(self.events, time, "right"))
        return self.events[index] - time if index < len(self.events) else 10.0

    def struck(self, rng, one, strengths):
        """The sound of all events: `one(strength)` at each."""
        signal = silence(self.seconds)
        for time, strength in zip(self.events, strengths):
            add(signal, time, one(rng, strength))
        return signal


class Ball(Scene):
    captions = [
        "a ball bouncing on the floor", "a bouncing ball", "a rubber ball bounces", "ball bounces",
        "a basketball being dribbled"]

    def prepare(self, rng):
        self.events = strikes(rng, self.seconds, 0.4, 1.0)
        self.x, self.floor = rng.uniform(-0.2, 0.2), rng.uniform(0.2, 0.38)
        self.radius = rng.uniform(0.06, 0.11)
        self.ball, self.ground = color(rng), color(rng)
        self.drift = rng.uniform(-0.02, 0.02)
        self.pitch = rng.uniform(80, 160)

    def draw(self, canvas, time):
        canvas.box(0, self.floor + 0.5, 3, 1, self.ground)
        index, since = self.since(time)
        until = self.until(time)
        # Free flight between two bounces: the height follows from the time it takes.
        height = 0.5 * 2.2 * min(since, 1.0) * min(until, 1.0) if index >= 0 or until < 10 else 0.3
        squash = 1 + 0.5 * np.exp(-min(since, until) / 0.03)
        x = self.x + self.drift * (time - self.seconds / 2)
        shadow = 0.5 * np.exp(-height / 0.15)
        canvas.circle(x, self.floor + 0.01, self.radius, (0, 0, 0), shadow, stretch=6)
        canvas.circle(x, self.floor - self.radius - height, self.radius, self.ball, stretch=squash)
        canvas.circle(
            x - self.radius * 0.3, self.floor - self.radius * 1.3 - height, self.radius * 0.25,
            (1, 1, 1), 0.6)

    def sound(self, rng):
        def one(rng, strength):
            thud = modes(
                [self.pitch, self.pitch * 1.9, self.pitch * 3.1], [0.06, 0.035, 0.02], [1, 0.5, 0.25],
                0.35)
            return strength * (0.7 * thud + 0.1 * burst(rng, 0.35, 200, 1500, 0.012))

        return self.struck(rng, one, rng.uniform(0.7, 1.0, len(self.events)))


class Hammer(Scene):
    """A hammer on a block; what the block is made of is seen and heard."""

    shape = "box"

    def prepare(self, rng):
        self.events = strikes(rng, self.seconds, 0.45, 1.3)
        self.x, self.y = rng.uniform(-0.12, 0.12), rng.uniform(0.12, 0.25)
        self.size = rng.uniform(0.8, 1.2)
        self.handle, self.head = (0.45, 0.3, 0.15), color(rng, (0.05, 0.25))
        self.side = rng.choice([-1, 1])
        self.material(rng)

    def draw(self, canvas, time):
        self.block(canvas)
        _, since = self.since(time)
        until = self.until(time)
        # Down in a tenth of a second, up again in a fifth.
        lift = min(np.clip(until / 0.12, 0, 1), np.clip(since / 0.2, 0, 1))
        angle = self.side * (1.0 * lift)
        s = self.size
        hand = np.array([self.x + self.side * 0.42 * s, self.y - 0.13 * s])
        rest = np.array([self.x, self.y - 0.06 * s]) - hand
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        tip = hand + turn @ rest
        along = turn @ np.array([0.0, 1.0])
        canvas.bar(*hand, *tip, 0.035 * s, self.handle)
        canvas.bar(*(tip - 0.07 * s * along), *(tip + 0.04 * s * along), 0.075 * s, self.head)
        if since < 0.1:
            canvas.ring(
                self.x, self.y, 0.05 + since * 0.8, 0.012, self.spark, 1 - since / 0.1, flatness=0.4)


class Metal(Hammer):
    captions = [
        "a hammer hitting metal", "hammering on metal", "a blacksmith strikes an anvil",
        "a hammer on an anvil", "metal being struck with a hammer"]
    spark = (1.0, 0.9, 0.4)

    def material(self, rng):
        self.steel = np.full(3, rng.uniform(0.55, 0.75)) + [0, 0.02, 0.06]
        self.pitch = rng.uniform(900, 1500)

    def block(self, canvas):
        s = self.size
        canvas.box(self.x, self.y + 0.05 * s, 0.36 * s, 0.1 * s, self.steel)
        canvas.box(self.x, self.y + 0.015 * s, 0.36 * s, 0.03 * s, self.steel + 0.2)
        canvas.box(self.x, self.y + 0.17 * s, 0.12 * s, 0.16 * s, self.steel * 0.8)
        canvas.box(self.x, self.y + 0.28 * s, 0.28 * s, 0.08 * s, self.steel * 0.7)

    def sound(self, rng):
        def one(rng, strength):
            f = self.pitch
            ring = modes(
                [f, f * 1.51, f * 2.33, f * 3.27, f * 4.6], [0.25, 0.2, 0.15, 0.1, 0.06],
                [0.5, 0.6, 0.5, 0.35, 0.25], 0.8)
            return strength * (0.45 * ring + 0.12 * burst(rng, 0.8, 2000, 7000, 0.008))

        return self.struck(rng, one, rng.uniform(0.7, 1.0, len(self.events)))


class Wood(Hammer):
    captions = [
        "a hammer hitting wood", "hammering on wood", "knocking on a wooden block",
        "a carpenter hammers wood", "wood being struck with a hammer"]
    spark = (0.9, 0.8, 0.6)

    def material(self, rng):
        self.plank = np.array([0.62, 0.4, 0.2]) * rng.uniform(0.8, 1.2)
        self.pitch = rng.uniform(280, 480)

    def block(self, canvas):
        s = self.size
        canvas.box(self.x, self.y + 0.09 * s, 0.7 * s, 0.18 * s, self.plank)
        for row in range(3):
            canvas.box(
                self.x, self.y + (0.04 + 0.05 * row) * s, 0.7 * s, 0.008 * s, self.plank * 0.7)

    def sound(self, rng):
        def one(rng, strength):
            f = self.pitch
            knock = modes(
                [f, f * 2.1, f * 3.4], [0.035, 0.022, 0.014], [1, 0.6, 0.3], 0.3)
            return strength * (0.65 * knock + 0.15 * burst(rng, 0.3, 400, 2500, 0.008))

        return self.struck(rng, one, rng.uniform(0.7, 1.0, len(self.events)))


class Bell(Scene):
    captions = [
        "a bell ringing", "a church bell is struck", "a bell rings", "bell tolling",
        "a large bell ringing slowly"]

    def prepare(self, rng):
        self.events = strikes(rng, self.seconds, 0.9, 2.2)
        self.x, self.y = rng.uniform(-0.1, 0.1), rng.uniform(-0.2, -0.1)
        self.size = rng.uniform(0.8, 1.2)
        self.gold = np.array([0.85, 0.65, 0.2]) * rng.uniform(0.8, 1.1)
        self.pitch = rng.uniform(400, 700)

    def draw(self, canvas, time):
        _, since = self.since(time)
        until = self.until(time)
        s = self.size
        # The clapper swings out and is at the rim at the strike; the bell shivers behind it.
        swing = 1 - np.exp(-min(since, until) / 0.12)
        side = 1 if len(self.events[self.events <= time]) % 2 else -1
        side = side if since < until else -side
        shiver = 0.02 * np.exp(-since / 0.4) * np.sin(40 * since)
        x = self.x + shiver
        canvas.bar(self.x, -0.9, x, self.y, 0.03 * s, (0.3, 0.25, 0.2))
        canvas.bar(
            x, self.y, x + side * 0.13 * s * (1 - swing), self.y + 0.38 * s, 0.02 * s,
            (0.2, 0.2, 0.2))
        canvas.circle(
            x + side * 0.13 * s * (1 - swing), self.y + 0.38 * s, 0.04 * s, (0.2, 0.2, 0.2))
        canvas.circle(x, self.y + 0.06 * s, 0.12 * s, self.gold)
        canvas.box(x, self.y + 0.17 * s, 0.24 * s, 0.2 * s, self.gold)
        canvas.bar(
            x - 0.17 * s, self.y + 0.3 * s, x + 0.17 * s, self.y + 0.3 * s, 0.06 * s, self.gold * 0.9)
        if since < 0.3:
            canvas.ring(
                x, self.y + 0.2 * s, (0.22 + since * 0.6) * s, 0.01, (1, 1, 0.8), 0.8 - since / 0.4)

    def sound(self, rng):
        def one(rng, strength):
            f = self.pitch
            ring = modes(
                [f * 0.5, f, f * 1.19, f * 1.5, f * 2.0, f * 2.74], [1.2, 1.0, 0.7, 0.6, 0.4, 0.25],
                [0.4, 0.7, 0.4, 0.3, 0.5, 0.3], 2.5)
            return strength * 0.35 * ring

        return self.struck(rng, one, rng.uniform(0.7, 1.0, len(self.events)))


class Drops(Scene):
    captions = [
        "drops falling into water", "water dripping", "a dripping tap", "water drops",
        "drips of water into a pond"]

    def prepare(self, rng):
        self.events = strikes(rng, self.seconds, 0.4, 1.2)
        self.surface = rng.uniform(0.1, 0.25)
        self.places = rng.uniform(-0.25, 0.25, len(self.events))
        self.water = np.array([0.15, 0.35, 0.55]) * rng.uniform(0.8, 1.3)
        self.radius = rng.uniform(0.03, 0.045)
        self.pitches = rng.uniform(700, 1300, len(self.events))

    def draw(self, canvas, time):
        canvas.box(0, self.surface + 0.5, 3, 1, self.water)
        for event, x in zip(self.events, self.places):
            age = time - event
            if -0.35 < age < 0:
                y = self.surface - 0.5 * 7 * ((0.35) ** 2 - (0.35 + age) ** 2)
                canvas.circle(x, y, self.radius, self.water + 0.3, stretch=0.7)
            elif 0 <= age < 0.9:
                for delay in (0, 0.12):
                    if age > delay:
                        canvas.ring(
                            x, self.surface + 0.06, 0.03 + 0.35 * (age - delay), 0.02,
                            self.water + 0.35, np.exp(-age / 0.3), flatness=0.3)
                if age < 0.15:
                    canvas.bar(
                        x, self.surface + 0.04, x, self.surface - 0.5 * age + 0.02, 0.02,
                        self.water + 0.3, 1 - age / 0.15)

    def sound(self, rng):
        signal = silence(self.seconds)
        for event, pitch in zip(self.events, self.pitches):
            count = round(0.25 * RATE)
            t = np.arange(count) / RATE
            # A bubble's pitch rises as it closes.
            drop = np.sin(sweep(pitch * (1 + 4.0 * t))) * np.exp(-t / 0.045)
            drop = drop * np.minimum(1, t / 0.002) + 0.15 * burst(rng, 0.25, 1500, 6000, 0.01)
            add(signal, event, (0.6 * rng.uniform(0.7, 1) * drop).astype(np.float32))
        return signal


class Footsteps(Scene):
    captions = [
        "footsteps", "someone walking", "footsteps on gravel", "a person walks on a gravel path",
        "walking on gravel"]

    def prepare(self, rng):
        pace = rng.uniform(0.45, 0.7)
        first = rng.uniform(0.15, 0.5)
        count = int((self.seconds - first - 0.1) / pace)
        self.events = first + pace * np.arange(count) + rng.uniform(-0.04, 0.04, count)
        self.pace = pace
        self.floor = rng.uniform(0.3, 0.4)
        self.trousers, self.shirt, self.path = color(rng), color(rng), color(rng, (0.3, 0.7))
        self.size = rng.uniform(0.8, 1.0)

    def draw(self, canvas, time):
        canvas.box(0, self.floor + 0.5, 3, 1, self.path)
        for stone in range(7):
            x = ((stone * 0.37 - time * 0.25 / self.pace) % 2.1) - 1.05
            canvas.circle(x, self.floor + 0.05 + 0.03 * (stone % 3), 0.02, self.path * 0.6, stretch=2)
        index, since = self.since(time)
        until = self.until(time)
        gap = since + until if index >= 0 and until < 10 else self.pace
        u = np.clip(since / gap, 0, 1) if index >= 0 else 1 - np.clip(until / gap, 0, 1)
        s = self.size
        hip = np.array([0.0, self.floor - 0.36 * s])
        # One foot is lifted and comes down in front at the event; the other goes back with the ground.
        moving = index % 2
        for foot in (0, 1):
            if foot == moving:
                x, lift = 0.16 - 0.32 * u, 0.0
            else:
                x, lift = -0.16 + 0.32 * u, 0.09 * np.sin(np.pi * u)
            knee = hip + [0.05 + x * 0.5, 0.18 * s - lift * 0.5]
            ankle = np.array([x * s, self.floor - lift])
            shade = self.trousers * (1.0 if foot else 0.75)
            canvas.bar(*hip, *knee, 0.07 * s, shade)
            canvas.bar(*knee, *ankle, 0.06 * s, shade)
            canvas.bar(*ankle, *(ankle + [0.07 * s, 0]), 0.04 * s, (0.1, 0.08, 0.08))
        canvas.bar(*hip, *(hip - [0, 0.28 * s]), 0.15 * s, self.shirt)
        canvas.circle(0, hip[1] - 0.42 * s, 0.075 * s, (0.8, 0.62, 0.5))
        if index >= 0 and since < 0.15:
            canvas.circle(0.18 * s, self.floor, 0.03 + since * 0.2, self.path + 0.15, 0.6 - since * 4)

    def sound(self, rng):
        def one(rng, strength):
            grains = silence(0.22)
            for _ in range(12):
                add(
                    grains, min(0.16, rng.exponential(0.04)),
                    rng.uniform(0.2, 0.6) * burst(rng, 0.05, 1500, 5000, 0.006))
            heel = modes([110, 190], [0.03, 0.02], [1, 0.5], 0.22)
            return strength * (0.5 * heel + 0.35 * grains + 0.15 * burst(rng, 0.22, 800, 4000, 0.02))

        return self.struck(rng, one, rng.uniform(0.7, 1.0, len(self.events)))


class Engine(Scene):
    captions = [
        "an engine revving", "a motor running", "the hum of a machine", "an engine speeding up",
        "a wheel spinning with a humming motor"]

    def prepare(self, rng):
        self.level = wandering(rng, self.seconds)
        self.x, self.y = rng.uniform(-0.1, 0.1), rng.uniform(-0.05, 0.1)
        self.radius = rng.uniform(0.2, 0.3)
        self.rim, self.spokes = color(rng, (0.05, 0.4)), color(rng, (0.5, 0.95))
        self.count = int(rng.integers(3, 6))
        self.lowest, self.highest = rng.uniform(0.8, 1.1), rng.uniform(4, 6)  # harmonics that stand out
        grid = np.arange(0, self.seconds + 0.02, 0.01)
        self.turns = np.cumsum(0.4 + 2.2 * self.level(grid)) * 0.01
        self.grid = grid

    def draw(self, canvas, time):
        angle = 2 * np.pi * np.interp(time, self.grid, self.turns)
        shake = 0.004 * np.sin(90 * time) * self.level(time)
        x, y, r = self.x, self.y + shake, self.radius
        canvas.box(x, y + r + 0.1, 0.5, 0.12, self.rim)
        canvas.circle(x, y, r, self.rim * 0.5 + 0.3)
        for spoke in range(self.count):
            a = angle + 2 * np.pi * spoke / self.count
            canvas.bar(x, y, x + r * np.cos(a), y + r * np.sin(a), 0.035, self.spokes)
        canvas.ring(x, y, r, 0.05, self.rim)
        canvas.circle(x, y, 0.05, self.rim)
        smoke = self.level(time)
        for puff in range(3):
            age = (time * 1.5 + puff / 3) % 1
            canvas.circle(
                x + 0.28 + 0.1 * age, y + r - 0.1 - 0.4 * age, 0.03 + 0.08 * age, (0.8, 0.8, 0.8),
                smoke * 0.7 * (1 - age))

    def sound(self, rng):
        level = sampled(self.level, self.seconds)
        # A hum that beats thrice a turn, and whose colour follows the speed: what stands out of its
        # harmonics rises by two octaves.
        phase = sweep(np.full(len(level), GRID))
        outstanding = np.log2(self.lowest + (self.highest - self.lowest) * level)
        hum = sum(
            np.exp(-2 * (np.log2(k) - outstanding) ** 2) * np.sin(k * phase) for k in range(1, 13))
        turns = np.interp(np.arange(len(level)) / RATE, self.grid, self.turns)
        beat = 0.1 + 0.9 * np.cos(3 * np.pi * turns) ** 4
        rumble = band(rng, len(level), 60, 600) * 0.35
        return ((0.06 + 0.12 * level) * beat * (hum + rumble)).astype(np.float32)


class Rain(Scene):
    captions = [
        "rain falling", "heavy rain", "rain pouring down", "a rain shower", "rain on the street"]

    def prepare(self, rng):
        self.level = wandering(rng, self.seconds)
        self.count = 90
        self.x = rng.uniform(-0.8, 0.8, self.count)
        self.phase = rng.random(self.count)
        self.speed = rng.uniform(1.3, 1.9, self.count)
        self.threshold = rng.random(self.count)
        self.slant = rng.uniform(-0.15, 0.15)
        self.cloud = np.full(3, rng.uniform(0.3, 0.5))
        self.puddle = np.array([0.3, 0.38, 0.45]) * rng.uniform(0.8, 1.2)

    def draw(self, canvas, time):
        level = float(self.level(time))
        canvas.shade((0.35, 0.4, 0.45), 0.45)
        canvas.box(0, 0.9, 3, 1, self.puddle)
        for cloud in range(4):
            canvas.circle(-0.45 + 0.3 * cloud, -0.42, 0.16, self.cloud, stretch=1.8)
        for drop in np.flatnonzero(self.threshold < 0.05 + 0.95 * level):
            fall = (self.phase[drop] + time * self.speed[drop]) % 1
            y = -0.4 + 0.85 * fall
            x = self.x[drop] + self.slant * fall
            canvas.bar(x, y, x + 0.1 * self.slant, y + 0.07, 0.008, (0.75, 0.85, 0.95), 0.8)

    def sound(self, rng):
        level = sampled(self.level, self.seconds)
        patter = band(rng, len(level), 800, 6500)
        grains = rng.random(len(level)) < 0.004
        drops = np.convolve(grains * rng.uniform(0.5, 2, len(level)), np.exp(-np.arange(80) / 12.0))
        return ((0.02 + 0.16 * level) * (patter + 0.7 * drops[:len(level)])).astype(np.float32)


class Wind(Scene):
    captions = [
        "wind blowing", "strong wind", "wind in the trees", "a gust of wind", "wind howling"]

    def prepare(self, rng):
        self.level = wandering(rng, self.seconds)
        self.ground = rng.uniform(0.3, 0.4)
        self.grass = np.array([0.25, 0.5, 0.15]) * rng.uniform(0.7, 1.3)
        self.trunk = np.array([0.35, 0.22, 0.12])
        self.x = rng.uniform(-0.25, 0.1)
        self.side = rng.choice([-1, 1])
        self.pitch = rng.uniform(300, 500)

    def draw(self, canvas, time):
        level = float(self.level(time))
        canvas.box(0, self.ground + 0.5, 3, 1, self.grass)
        lean = self.side * level * (0.18 + 0.03 * np.sin(9 * time))
        root = np.array([self.x, self.ground])
        for step in range(6):
            u, v = step / 6, (step + 1) / 6
            canvas.bar(
                root[0] + lean * u * u, root[1] - 0.45 * u, root[0] + lean * v * v,
                root[1] - 0.45 * v, 0.045 * (1 - 0.6 * u), self.trunk)
        for leaf in range(7):
            a = leaf * 2.4
            spread = 0.05 + 0.02 * leaf
            x = root[0] + lean * 1.1 + spread * np.cos(a) + 0.02 * level * np.sin(12 * time + leaf)
            canvas.circle(x, root[1] - 0.47 + 0.6 * spread * np.sin(a), 0.07, self.grass * 0.8)
        for streak in range(8):
            start = (time * (0.3 + 1.2 * level) + streak * 0.29) % 1.6 - 0.8
            y = -0.4 + 0.085 * streak
            canvas.bar(
                self.side * start, y, self.side * (start + 0.15 + 0.1 * level), y, 0.008,
                (0.95, 0.95, 0.95), 0.6 * level)

    def sound(self, rng):
        level = sampled(self.level, self.seconds)
        low = band(rng, len(level), 120, 450, slope=3)
        howl = band(rng, len(level), self.pitch, self.pitch * 1.3)
        return ((0.03 + 0.2 * level) * (0.9 * low + 0.8 * level * howl)).astype(np.float32)


class Siren(Scene):
    captions = [
        "a siren wailing", "a police siren", "an ambulance siren", "emergency siren",
        "a siren with flashing light"]

    def prepare(self, rng):
        self.period = rng.uniform(0.8, 1.3)
        self.phase = rng.random()
        self.x, self.y = rng.uniform(-0.1, 0.1), rng.uniform(0.05, 0.2)
        self.body = color(rng, (0.5, 0.95))
        self.lights = [(1.0, 0.15, 0.1), (0.15, 0.3, 1.0)]
        self.low, self.high = rng.uniform(420, 520), rng.uniform(640, 760)

    def high_tone(self, time):
        """Whether the higher of the two tones sounds, and the first light is lit."""
        return (np.asarray(time) / self.period + self.phase) % 1 < 0.5

    def draw(self, canvas, time):
        lit = 0 if self.high_tone(time) else 1
        x, y = self.x, self.y
        canvas.shade(self.lights[lit], 0.12)
        canvas.box(x, y, 0.6, 0.2, self.body)
        canvas.box(x - 0.03, y - 0.15, 0.34, 0.14, self.body * 0.9)
        canvas.box(x - 0.03, y - 0.15, 0.26, 0.09, (0.2, 0.25, 0.3))
        for wheel in (-0.18, 0.18):
            canvas.circle(x + wheel, y + 0.11, 0.065, (0.08, 0.08, 0.08))
        for light in (0, 1):
            at = x - 0.1 + 0.14 * light
            shade = np.array(self.lights[light])
            if light == lit:
                canvas.circle(at, y - 0.26, 0.14, shade, 0.35)
            canvas.circle(at, y - 0.25, 0.045, shade if light == lit else shade * 0.3)

    def sound(self, rng):
        times = np.arange(round(self.seconds * RATE)) / RATE
        phase = sweep(on_grid(np.where(self.high_tone(times), self.high, self.low)))
        tone = np.sin(phase) + 0.5 * np.sin(2 * phase) + 0.35 * np.sin(3 * phase)
        return (0.25 * tone).astype(np.float32)


# In the order of the labels.
CLASSES = {
    "ball": Ball, "metal": Metal, "wood": Wood, "bell": Bell, "drops": Drops,
    "footsteps": Footsteps, "engine": Engine, "rain": Rain, "wind": Wind, "siren": Siren}
