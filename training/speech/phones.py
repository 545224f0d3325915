# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Phone classes that flite's and espeak-ng's English share, coarse where accents differ."""

SILENCE = 0

_GROUPS = (
    ('pau', '_ _: ?'),
    ('iy ih', 'i: i I I2 I# i@ i@3'),
    ('eh', 'E e e@'),
    ('ae', 'a a# aa'),
    ('ah ax', 'V @ @2 @- @5'),
    ('aa ao', 'A: A@ 0 O O: O@ o@'),
    ('uw uh', 'u: u U U@'),
    ('er', '3 3: VR'),
    ('ey', 'eI'),
    ('ay', 'aI aI@ aI2 aI3'),
    ('aw', 'aU aU@'),
    ('ow', 'oU'),
    ('oy', 'OI oI'),
    ('p', 'p'),
    ('b', 'b'),
    ('t', 't t# t['),
    ('d', 'd d# d['),
    ('k', 'k'),
    ('g', 'g'),
    ('ch', 'tS'),
    ('jh', 'dZ'),
    ('f', 'f'),
    ('v', 'v'),
    ('th', 'T'),
    ('dh', 'D'),
    ('s', 's'),
    ('z', 'z'),
    ('sh', 'S'),
    ('zh', 'Z'),
    ('hh', 'h'),
    ('m', 'm m-'),
    ('n', 'n n-'),
    ('ng', 'N'),
    ('l', 'l @L L'),
    ('r', 'r r-'),
    ('w', 'w w#'),
    ('y', 'j'),
)
"""One class a line: flite's names (its us lexicon), espeak-ng's (phsource/ph_english)."""

CLASSES = len(_GROUPS)

FLITE = {name: index for index, (names, _) in enumerate(_GROUPS) for name in names.split()}
ESPEAK = {name: index for index, (_, names) in enumerate(_GROUPS) for name in names.split()}


def espeak_class(mnemonic: str) -> int:
    """Return the class of an espeak-ng phone; marks behind the name do not matter.

    Accents bring variants of a phone whose names only add to it; what is wholly unknown is the
    neutral vowel.
    """
    for length in range(len(mnemonic), 0, -1):
        if mnemonic[:length] in ESPEAK:
            return ESPEAK[mnemonic[:length]]
    return ESPEAK['@']
