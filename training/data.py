# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`make data`: the vocabulary and the spoken corpus."""

import argparse

from training.arguments import add_home
from training.settings import Home
from training.speech.corpus import Corpus
from training.speech.corpus import write_corpus
from training.speech.plan import Amount
from training.speech.plan import orders
from training.text.domain import load_domain
from training.text.vocabulary import write_vocabulary


def main() -> None:
    """Render what is not there yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_home(parser)
    parser.add_argument('--jobs', type=int, default=1, help='processes that render')
    amount = Amount()
    parser.add_argument('--per-intent', type=int, default=amount.per_intent)
    parser.add_argument('--agent-takes', type=int, default=amount.agent_takes)
    parser.add_argument('--judged-per-intent', type=int, default=amount.judged_per_intent)
    args = parser.parse_args()
    home = Home(args.home)
    write_vocabulary(home.vocabulary)
    amount = Amount(args.agent_takes, args.per_intent, args.judged_per_intent)
    write_corpus(home.speech, orders(load_domain(), amount), args.jobs)
    print(f'{Corpus(home.speech).hours:.2f} h of speech in {home.speech}')


if __name__ == '__main__':
    main()
