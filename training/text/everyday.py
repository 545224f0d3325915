# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Everyday words of robots, kiosks and prompts, for nano's vocabulary beside its own domain."""

import string

SENTENCES = """
Hello, how can I help you today?
Hi there, good to see you again.
You are a friendly robot at the front desk and your name is Ada.
You are a helpful guide in the museum and your name is Otto.
You enjoy having a good conversation.
You work for the city library and your name is Nora. Information: we open at nine and close at six.
The kitchen is on the left, next to the stairs.
The exit is on the right, behind the large door.
Please follow me, I will show you the way.
I am coming to you now, please wait a moment.
I will stop right here and wait for you.
Please step back a little so that I can turn around.
The meeting room is free until three in the afternoon.
The next train leaves in ten minutes from platform two.
A ticket costs four euros, and children travel for free.
Your order is ready, please take it from the tray.
Would you like coffee, tea or water?
I did not understand that, could you say it again?
I am sorry, I can not do that.
Yes, of course, that is no problem at all.
No, thank you, not right now.
Okay, I am going to the charging station.
My battery is at eighty percent.
The weather is sunny and warm today.
It is half past seven in the morning.
One, two, three, four, five, six, seven, eight, nine, ten.
I can carry the box to the table for you.
Be careful, the floor is wet over there.
Let me think about that for a second.
That is a very good question.
See you soon, have a nice day!
Good morning, good evening and good night.
The quick brown fox jumps over the lazy dog.
Turn the light on, turn the music off.
Where would you like to go?
Who are you looking for?
What is your name?
I am happy to meet you.
You can ask me about the rooms, the people and the way.
I will call somebody who can help you.
""".strip().splitlines()

CHARACTERS = string.ascii_letters + string.digits + '.,!?;:\'"-()/%&+'
"""Covered one by one, so that any prompt in plain English has no unknown piece."""
