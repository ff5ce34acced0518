"""Holidays of Vietnam, Japan, Korea and the United States, by rule.

Feasts of the lunar calendar come from new moons and the longitude of the sun (Meeus, Astronomical Algorithms), taken at
the local midnight of the country: Tet of 2030 is a day earlier in Vietnam than the new year in Korea. Rules of today
are taken to last; what only a decree of the year decides (which day is added to Vietnam's national day, days moved
to make long weekends, elections) is left out or judged.
"""

import math
from collections.abc import Iterable
from datetime import date, timedelta

DAY = timedelta(days=1)
EPOCH = date(2000, 1, 1)  # its noon is Julian day 2451545

# -- sun and moon ------------------------------------------------------------------------------------------------------


def new_moon(k: int) -> float:
    """Julian day (UTC, to a few minutes) of a new moon; k = 0 is that of January 1900."""
    t = k / 1236.85
    dr = math.pi / 180
    mean = 2415020.75933 + 29.53058868 * k + 0.0001178 * t**2 - 0.000000155 * t**3
    mean += 0.00033 * math.sin((166.56 + 132.87 * t - 0.009173 * t**2) * dr)
    sun = (359.2242 + 29.10535608 * k - 0.0000333 * t**2 - 0.00000347 * t**3) * dr
    moon = (306.0253 + 385.81691806 * k + 0.0107306 * t**2 + 0.00001236 * t**3) * dr
    node = (21.2964 + 390.67050646 * k - 0.0016528 * t**2 - 0.00000239 * t**3) * dr
    shift = (0.1734 - 0.000393 * t) * math.sin(sun) + 0.0021 * math.sin(2 * sun)
    shift += -0.4068 * math.sin(moon) + 0.0161 * math.sin(2 * moon) - 0.0004 * math.sin(3 * moon)
    shift += 0.0104 * math.sin(2 * node) - 0.0051 * math.sin(sun + moon) - 0.0074 * math.sin(sun - moon)
    shift += 0.0004 * math.sin(2 * node + sun) - 0.0004 * math.sin(2 * node - sun)
    shift += (
        -0.0006 * math.sin(2 * node + moon) + 0.0010 * math.sin(2 * node - moon) + 0.0005 * math.sin(2 * moon + sun)
    )
    ahead = -0.000278 + 0.000265 * t + 0.000262 * t**2  # dynamical time less UTC
    return mean + shift - ahead


def sun_longitude(julian: float) -> float:
    """Degrees, to a hundredth."""
    t = (julian - 2451545.0) / 36525
    dr = math.pi / 180
    m = (357.52910 + 35999.05030 * t - 0.0001559 * t**2) * dr
    longitude = 280.46645 + 36000.76983 * t + 0.0003032 * t**2
    longitude += (1.914600 - 0.004817 * t) * math.sin(m)
    longitude += 0.019993 * math.sin(2 * m) + 0.000290 * math.sin(3 * m)
    return longitude % 360


def local_date(julian: float, utc_offset: float) -> date:
    return EPOCH + math.floor(julian - 2451544.5 + utc_offset / 24) * DAY


def julian_midnight(day: date, utc_offset: float) -> float:
    return (day - EPOCH).days + 2451544.5 - utc_offset / 24


def lunar_months(year: int, utc_offset: float) -> dict[int, date]:
    """First days of the ordinary months of the lunar year that begins in `year`, by number."""

    def december(of: int) -> int:
        """The new moon that begins the month of the winter solstice."""
        k = math.floor((of - 1900) * 12.3685) + 14
        while local_date(new_moon(k), utc_offset) > date(of, 12, 31):
            k -= 1
        if term(k, utc_offset) < 9:  # the solstice (270 degrees) is behind it already, in the month before
            return k
        return k - 1

    def ordinary(k: int, until: int) -> list[int]:
        """Months from one solstice's to the next one's, without a leap month: the first without a principal term."""
        months = list(range(k, until))
        if len(months) == 13:
            leap = next(m for m in months[1:] if term(m, utc_offset) == term(m + 1, utc_offset))
            months.remove(leap)
        return months

    last, this, following = december(year - 1), december(year), december(year + 1)
    first = ordinary(last, this)  # months 11, 12, 1, ..., 10
    moons = dict(zip([11, 12, *range(1, 11)], first, strict=True))
    moons |= dict(zip([11, 12], ordinary(this, following)[:2], strict=True))
    return {month: local_date(new_moon(k), utc_offset) for month, k in moons.items()}


def term(k: int, utc_offset: float) -> int:
    """Sector of 30 degrees in which the sun is when the month begins, at local midnight."""
    day = local_date(new_moon(k), utc_offset)
    return math.floor(sun_longitude(julian_midnight(day, utc_offset)) / 30)


def lunar(year: int, month: int, day: int, utc_offset: float) -> date:
    return lunar_months(year, utc_offset)[month] + (day - 1) * DAY


# -- rules -------------------------------------------------------------------------------------------------------------


def nth(year: int, month: int, weekday: int, n: int) -> date:
    """The n-th of such weekdays (0: Monday) of a month; n = -1: the last."""
    if n > 0:
        first = date(year, month, 1)
        return first + ((weekday - first.weekday()) % 7 + 7 * (n - 1)) * DAY
    last = date(year + month // 12, month % 12 + 1, 1) - DAY
    return last - ((last.weekday() - weekday) % 7) * DAY


def made_up(days: Iterable[date], weekdays: tuple[int, ...] = (5, 6)) -> set[date]:
    """The days, and for each that falls on such a weekday the next working day that is free."""
    taken = set(days)
    for day in sorted(taken):
        if day.weekday() not in weekdays:
            continue
        instead = day + DAY
        while instead in taken or instead.weekday() >= 5:
            instead += DAY
        taken.add(instead)
    return taken


def vietnam(year: int) -> set[date]:
    tet = lunar(year, 1, 1, 7)
    days = [date(year, 1, 1), date(year, 4, 30), date(year, 5, 1), date(year, 9, 2), date(year, 11, 24)]
    second = date(year, 9, 1) if date(year, 9, 2).weekday() in (1, 4, 5) else date(year, 9, 3)
    return made_up([*days, second, lunar(year, 3, 10, 7), *(tet + n * DAY for n in range(-1, 4))])


def korea(year: int) -> set[date]:
    new_year, chuseok = lunar(year, 1, 1, 9), lunar(year, 8, 15, 9)
    feasts = [day + n * DAY for day in (new_year, chuseok) for n in (-1, 0, 1)]
    national = [(3, 1), (5, 5), (7, 17), (8, 15), (10, 3), (10, 9), (12, 25)]
    days = made_up([date(year, m, d) for m, d in national] + [lunar(year, 4, 8, 9)])
    return days | made_up(feasts, (6,)) | {date(year, 1, 1), date(year, 5, 1), date(year, 6, 6)}


def japan(year: int) -> set[date]:
    equinoxes = [nearest(year, 3, 0), nearest(year, 9, 180)]
    moving = [nth(year, 1, 0, 2), nth(year, 7, 0, 3), nth(year, 9, 0, 3), nth(year, 10, 0, 2)]
    fixed = [(1, 1), (2, 11), (2, 23), (4, 29), (5, 3), (5, 4), (5, 5), (8, 11), (11, 3), (11, 23)]
    days = made_up([date(year, m, d) for m, d in fixed] + moving + equinoxes, (6,))
    days |= {day + DAY for day in days if day + 2 * DAY in days and (day + DAY).weekday() == 1}  # between two
    return days | {date(year, 1, 2), date(year, 1, 3), *(date(year, 12, d) for d in (29, 30, 31))}  # offices closed


def nearest(year: int, month: int, longitude: int) -> date:
    """The day on which the sun reaches a longitude, in Japan."""
    day = date(year, month, 18)
    while (sun_longitude(julian_midnight(day + DAY, 9)) - longitude + 180) % 360 < 180:
        day += DAY
    return day


def united_states(year: int) -> set[date]:
    thanksgiving = nth(year, 11, 3, 4)
    moving = [nth(year, 1, 0, 3), nth(year, 2, 0, 3), nth(year, 5, 0, -1), nth(year, 9, 0, 1)]
    fixed = [date(year, 1, 1), date(year, 6, 19), date(year, 7, 4), date(year, 12, 25)]
    observed = [day - DAY if day.weekday() == 5 else day + DAY for day in fixed if day.weekday() >= 5]
    return {*moving, *fixed, *observed, thanksgiving, thanksgiving + DAY}


COUNTRIES = {"vietnam": vietnam, "japan": japan, "korea": korea, "united_states": united_states}


def holidays(country: str, years: range) -> list[str]:
    """Working days of Monday to Friday on which nobody works, each once."""
    days = sorted({day for year in years for day in COUNTRIES[country](year) if day.weekday() < 5})
    return [day.isoformat() for day in days if day.year in years]
