# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""For pip: engine machines and machines without ROS. On a robot, colcon builds package.xml."""

from setuptools import find_packages
from setuptools import setup

NODES = ['numpy>=1.21', 'PyYAML>=5.4', 'aiohttp>=3.8', 'soundfile>=0.10', 'jsonschema>=3.2']
ENGINE = [
    'torch>=2.4',
    'einops>=0.8',
    'safetensors>=0.5',
    'sentencepiece>=0.2',
    'huggingface_hub>=0.24',
    'sphn>=0.2,<0.3; platform_machine != "aarch64"',
    'pyloudnorm>=0.1.1',
    'normt2s>=0.7,<0.8',
    'tqdm>=4.66',
    'prometheus_client>=0.20',
]

setup(
    name='personaplex_ros',
    version='0.1.0',
    description='Full-duplex speech for robots: NVIDIA PersonaPlex on ROS 2 topics',
    license='Apache-2.0',
    python_requires='>=3.10',
    packages=find_packages(include=['personaplex_ros', 'personaplex_ros.*']),
    package_data={
        'personaplex_ros': ['py.typed'],
        'personaplex_ros.model.nano': ['weights/*', 'weights/voices/*'],
    },
    data_files=[
        (
            'share/personaplex_ros/config',
            [
                'config/personaplex.yaml',
                'config/personas.yaml',
                'config/tools.yaml',
                'config/tools_moveit.yaml',
                'config/tools_nav2.yaml',
                'config/tools_turtlesim.yaml',
            ],
        ),
    ],
    install_requires=NODES,
    # moshi 0.2.13 is not listed: its metadata asks for torch<2.10, which its code does not need.
    # Install it with `pip install --no-deps moshi==0.2.13` (see requirements/moshi.txt).
    # sphn: Ogg/Opus for NVIDIA's browser page; without it (no wheel for ARM Linux) our own clients
    # are served all the same. nvidia: the node's backend for NVIDIA's own server needs it too.
    # audio: echo cancellation, without which the microphone is shut while the robot speaks, and
    # sound cards (with the system's libportaudio2).
    # ear: the command spotter of the node user_words.
    # bench: the picture of `personaplex-engine bench`.
    extras_require={
        'engine': ENGINE,
        'nvidia': ['sphn>=0.2,<0.3'],
        'audio': ['pywebrtc-audio>=0.2', 'sounddevice>=0.4.6'],
        'bench': ['matplotlib>=3.7'],
        'ear': ['pocketsphinx>=5.1,<6'],
    },
    entry_points={
        'console_scripts': [
            'personaplex-audio = personaplex_ros.audio.cli:main',
            'personaplex-engine = personaplex_ros.engine.cli:main',
            'personaplex-tools = personaplex_ros.nodes.tools_command:main',
        ],
    },
)
