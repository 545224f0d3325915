# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The model card: what it was made from, what it can and cannot, licences, scores."""

from training.speech.corpus import Corpus
from training.speech.plan import AGENT
from training.speech.plan import KNOWN
from training.speech.plan import TRAIN
from training.speech.plan import UNSEEN
from training.speech.plan import VISITOR
from training.speech.voices import is_like_a_trained_one
from training.speech.voices import UNSEEN_FLITE
from training.speech.voices import UNSEEN_VARIANTS
from training.text.domain import Domain

TEMPLATE = """# nano

A PersonaPlex of a few megabytes: the same architecture, file formats and code path as
PersonaPlex-7B, in a closed domain of {intents} intents of robots and kiosks. It exists so that
every machine can run the whole of personaplex_ros; it is no assistant.

## Made from
Synthesised speech alone, no recordings of people: {agent_clips} clips of the agent's two voices
and {visitor_clips} of visitors, {hours:.1f} hours. Voices: flite 2.2 (slt and rms speak; kal16,
slt and rms visit), espeak-ng 1.51, RHVoice 1.8 (bdl, clb, slt) and SVOX Pico (en-US, en-GB); many
of them with other throats and melodies than they were made with. Its sentences were written for
this project (training/text/domain.yaml). Code and recipe: training/.

## Taught
To answer with {replies} sentences, with name and style of the text prompt (names: {names};
styles: {styles}), in a woman's or a man's voice by the voice prompt (NATF*, VARF*; NATM*, VARM*),
say where its prompt says where, be interrupted, stay silent where nobody talks to it.
How much of it these weights have learnt so far is told by the scores below.

## Cannot
Talk about anything else. Copy a name or a fact that is not in its lists. Understand people: it
has heard synthesised voices only. Never let it decide about safety.

## Licences
Weights: Apache-2.0, as this repository. Speech was made with flite (MIT-like CMU licence; voices
slt, rms, kal16, awb), espeak-ng (GPL-3.0), RHVoice (LGPL-2.1; its bdl, clb and slt are speakers of
CMU ARCTIC, free for any use) and Pico (Apache-2.0); none puts a condition on the sound it makes.

"""

CARD = 'README.md'
SCORES = '## Scores'
JUDGES = [one for one in (*UNSEEN_FLITE, *UNSEEN_VARIANTS) if not is_like_a_trained_one(one)]


def model_card(domain: Domain, corpus: Corpus, results: dict | None) -> str:
    """Return the text; results: of results.json, None where these weights were not measured."""
    card = TEMPLATE.format(
        intents=len(domain.intents),
        agent_clips=len(corpus.of(AGENT, TRAIN)),
        visitor_clips=len(corpus.of(VISITOR, TRAIN, KNOWN, UNSEEN)),
        hours=corpus.hours,
        replies=len(domain.replies()),
        names=', '.join(domain.names),
        styles=', '.join(domain.styles),
    )
    return with_scores(card, results)


def with_scores(card: str, results: dict | None) -> str:
    """Return a card with these scores in place of those that it has."""
    told = 'Never trained with: renderings of the judging splits, and the voices'
    above = f'{card.partition(SCORES)[0]}{SCORES}\n{told} {", ".join(JUDGES)}.'
    return f'{above}\n\n{_scores(results)}\n'


def _scores(results: dict | None) -> str:
    if results is None:
        return 'Not measured yet: make -C training eval.'
    lines = ['| figure | measured | wanted |', '|---|---|---|']
    for one in results['figures']:
        lines.append(f'| {one["name"]} | {one["value"]} {one["unit"]} | {one["wanted"]} |')
    return '\n'.join([*lines, '', *_conditions(results)])


def _conditions(results: dict) -> list[str]:
    """Return when, where and how it was measured, frames by themselves where they were."""
    told = [_told(results['conditions'])]
    if 'speed_conditions' in results:
        told.append(f'Files and frames: {_told(results["speed_conditions"])}')
    stolen = 100 * results['machine_meanwhile']['stolen_share']
    return [*told, f'While frames were timed, other guests took {stolen:.0f} % of the machine.']


def _told(conditions: dict) -> str:
    machine = f'{conditions["machine"]["cpu"]}, {conditions["machine"]["cores"]} cores'
    return f'{conditions["date"]}, {machine}, `{conditions["command"]}`.'
