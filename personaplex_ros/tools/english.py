# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The English around a command: what may stand beside it, and what gives other talk away.

A sentence acts only if every word of it belongs to a command or to one of the lists of companions
below, so a word that nobody thought of keeps the robot still. The lists of signs only say why.
"""

Words = tuple[str, ...]


def _phrases(text: str) -> tuple[Words, ...]:
    return tuple(tuple(phrase.split()) for phrase in text.split(','))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


REQUESTS = _phrases("""
    can you, could you, would you, will you, please, i want you to, i need you to,
    i'd like you to, i would like you to, could i ask you to, can i ask you to, may i ask you to
""")
"""Before a command of the user; they also make a question a request."""

USER_LEADS = REQUESTS + _phrases("""
    just, quickly, kindly, now, then, next, first, also, after that, so, well, ok, okay, right,
    alright, all right, yes, yeah, great, good, perfect, thanks, thank you, hey, hi, hello,
    excuse me, sorry, good morning, good afternoon, good evening, go ahead and,
    do me a favor and, do me a favour and, be so kind and, be so kind as to,
    be a dear and
""")

USER_TAILS = _phrases("""
    please, now, right now, right away, straight away, at once, immediately, quickly, again, next,
    first, too, as well, for me, for us, thanks, thanks a lot, thank you, thank you very much,
    will you, would you, could you, can you, ok, okay, alright
""")

REQUEST_TAILS = _phrases('will you, would you, could you, can you, please')

AGENT_LEADS = _phrases("""
    ok, okay, sure, sure thing, of course, certainly, absolutely, alright, all right, right,
    right away, got it, no problem, my pleasure, with pleasure, yes, yeah, yep, great, perfect,
    good, well, so, now, then, fine, done, there you go, here we go, will do, understood,
    as you wish
""")

AGENT_TAILS = _phrases("""
    now, right now, right away, for you, at once, immediately, then, again, too, as well,
    as you asked, as requested, as you wish
""")

JOINTS = _phrases('and, then, and then, and also, and after that')
"""Between two commands of one sentence."""

HESITATIONS = _words('um uh er erm uhm hmm ah eh mm')
"""Dropped wherever they stand."""

YES = _phrases("""
    yes, yes please, yeah, yep, yup, sure, ok, okay, please do, do it, do that, go ahead, confirm,
    confirmed, i confirm, correct, that's right, that is right, of course, absolutely, certainly,
    please
""")
"""A sentence made of these alone is consent."""

NO_STARTS = _words("no nope nah not don't never wait stop cancel hold forget")
"""A sentence that begins so takes back what came before it."""

TURNS = _words("""
    oh actually or rather better well ok okay sorry please but so yes yeah maybe perhaps i'd
    on second thought thoughts
""")
"""Passed over in front of one of NO_STARTS: `Actually, don't.`"""

SIGNS = (
    (
        'negation',
        _words("""
            not don't doesn't didn't never no nobody none without cannot can't couldn't won't
            wouldn't shouldn't mustn't isn't aren't wasn't avoid refuse stop nothing neither nor
            instead
        """),
    ),
    (
        'quotation',
        _words("""
            said says say saying told tell tells telling asked asks ask asking called calls quote
            unquote wrote writes reads shouted yelled whispered whispers replied answered sings
            sang sung story song movie film book poem game joke joking kidding example sentence
            phrase word words means mean spell
        """),
    ),
    (
        'hypothesis',
        _words("""
            if unless when whenever until once while after before suppose supposing imagine would
            could might may should maybe perhaps pretend wish hope later tomorrow someday
        """),
    ),
    (
        'past',
        _words("""
            yesterday ago already was were had used went earlier last been has have
        """),
    ),
    (
        'question',
        _words("""
            who what where why how which whose is are does do did am whether shall
        """),
    ),
)
"""What a sentence is called that holds a phrase and is no command; the first that fits."""

REPORTS = dict(SIGNS)['quotation']

REFUSALS = NO_STARTS | dict(SIGNS)['negation']
"""Any of these in the answer to a question is no consent."""
