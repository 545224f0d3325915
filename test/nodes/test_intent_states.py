# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""tool_intent in every state: what it calls, what stops it, who decides, which file holds."""

import threading
import time
from types import SimpleNamespace

from diagnostic_msgs.msg import DiagnosticArray
from diagnostic_msgs.msg import DiagnosticStatus
from graph import LATCHED
from graph import wait_until
from lifecycle_msgs.msg import Transition
import pytest
from rclpy.qos import QoSProfile
from rclpy.qos import ReliabilityPolicy
from std_msgs.msg import Bool
from std_msgs.msg import Float32
from std_msgs.msg import String
from std_srvs.srv import Trigger
from test_intent_faults import DRIVE
from test_intent_faults import Server
from tool_rig import entry
from tool_rig import ToolRig

from personaplex_ros.msg import ToolCall
from personaplex_ros.nodes.intent import user_ears
from personaplex_ros.nodes.intent.one_thread import MAX_WAITING
from personaplex_ros.nodes.intent.user_ears import Said
from personaplex_ros.srv import DecideCall
from personaplex_ros.tools.steps import Stage

pytestmark = pytest.mark.graph

SHOUT = '{kind: topic, name: shout, type: std_msgs/msg/String, args: {data: hey}}'
AGENTS = entry('shout', SHOUT, source='agent', phrases="{agent: [I'll shout]}")
BEST_EFFORT = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)


@pytest.fixture
def shouts(graph):
    """Collect what is shouted."""
    return graph.listen(String, f'{graph.namespace}/shout')


@pytest.fixture
def make_rig(graph, tmp_path, shouts):
    """Give a maker of nodes that may shout."""
    say = '{ask: May I}'
    return lambda policy='{}', **kw: ToolRig(
        graph, tmp_path, entry('shout', SHOUT, policy, say=say), **kw
    )


# The emergency stop


@pytest.mark.parametrize('qos', [LATCHED, 10, BEST_EFFORT], ids=['latched', 'plain', 'lossy'])
def test_the_stop_topic_is_heard_from_every_kind_of_publisher(graph, tmp_path, qos):
    server = Server(graph)
    rig = ToolRig(graph, tmp_path, DRIVE).bring_up()
    rig.user('Drive.')
    wait_until(lambda: server.goals == 1, 'the goal')
    button = graph.node.create_publisher(Bool, rig.path('emergency_stop'), qos)
    wait_until(lambda: button.get_subscription_count() > 0)
    button.publish(Bool(data=True))
    rig.until('drive', Stage.CANCELLED, 'topic')
    wait_until(lambda: server.cancelled == 1, 'the cancel')
    assert 'release the button' in rig.trigger('release_estop').message
    button.publish(Bool(data=False))
    wait_until(lambda: rig.trigger('release_estop').success, 'the release')


def test_a_stop_that_was_latched_before_the_node_came_holds(graph, make_rig):
    button = graph.node.create_publisher(Bool, f'{graph.namespace}/emergency_stop', LATCHED)
    button.publish(Bool(data=True))
    rig = make_rig().bring_up()
    wait_until(lambda: 'button' in rig.trigger('release_estop').message, 'the button')
    rig.user('Shout.')
    rig.until('shout', Stage.REFUSED, 'emergency stop (topic)')


def test_a_stop_pressed_before_configuring_holds_and_outlives_a_cleanup(make_rig):
    rig = make_rig()
    assert rig.trigger('estop').success
    rig.bring_up()
    rig.user('Shout.')
    rig.until('shout', Stage.REFUSED, 'emergency stop (service)')
    assert rig.deactivate()
    assert rig.change(Transition.TRANSITION_CLEANUP)
    assert rig.configure() and rig.activate()
    rig.user('Shout.')
    wait_until(lambda: rig.told().count('shout REFUSED') == 2, 'the second refusal')


def test_a_stop_pressed_while_the_node_is_being_configured_holds(make_rig):
    rig = make_rig()
    listen_to_estop = rig.node._listen_to_estop

    def pressed_meanwhile(catalogue) -> None:
        assert press(rig).success
        listen_to_estop(catalogue)

    rig.node._listen_to_estop = pressed_meanwhile
    assert rig.configure()
    wait_until(lambda: rig.node._acting.intent.estop_pressed_by == 'service', 'the stop')


@pytest.mark.parametrize('when', ['before', 'after'])
def test_a_stop_pressed_while_the_node_is_being_cleaned_up_holds(make_rig, when):
    rig = make_rig().bring_up()
    assert rig.deactivate()
    acting = rig.node._acting
    close = acting.close

    def pressed_meanwhile(why: str) -> None:
        if when == 'before':
            assert press(rig).success
        close(why)
        if when == 'after':
            assert press(rig).success

    acting.close = pressed_meanwhile
    assert rig.change(Transition.TRANSITION_CLEANUP) and rig.configure()
    wait_until(lambda: rig.node._acting.intent.estop_pressed_by == 'service', 'the stop')


def press(rig) -> Trigger.Response:
    """Press the stop as its service does, on another thread than the transition."""
    return rig.node._desk._on_estop(Trigger.Request(), Trigger.Response())


def stop_lines(log) -> list[str]:
    """Return what the log says of the stop."""
    return [line.msg for line in log if line.msg.startswith('emergency stop: ')]


@pytest.mark.parametrize(
    ('press', 'who'),
    [
        (lambda rig: rig.trigger('estop'), 'the service estop'),
        (lambda rig: rig.user('Robot, emergency stop!'), "the user's words"),
        (lambda rig: rig.latch('emergency_stop', True), 'its topic'),
    ],
    ids=['service', 'user', 'topic'],
)
def test_a_press_of_the_stop_leaves_one_line_that_says_who(graph, make_rig, press, who):
    log = graph.log()
    rig = make_rig().bring_up()
    button = press(rig)
    pressed = f'emergency stop: pressed by {who}; nothing is called'
    wait_until(lambda: stop_lines(log) == [pressed], f'the line, not {stop_lines(log)}')
    rig.user('Emergency stop, emergency stop!')
    rig.user('Shout.')
    rig.until('shout', Stage.REFUSED, 'emergency stop')
    if who == 'its topic':
        button.publish(Bool(data=False))
    wait_until(lambda: rig.trigger('release_estop').success, 'the release')
    released = f'emergency stop: released; it was pressed by {who}'
    wait_until(lambda: stop_lines(log) == [pressed, released], 'the second line')


def test_a_stop_without_a_configured_node_leaves_the_same_two_lines(graph, make_rig):
    log = graph.log()
    rig = make_rig()
    for _ in range(2):
        assert rig.trigger('estop').success
    rig.bring_up()
    assert rig.deactivate() and rig.change(Transition.TRANSITION_CLEANUP)
    assert rig.trigger('release_estop').success
    wait_until(lambda: len(stop_lines(log)) == 2, f'two lines, not {stop_lines(log)}')
    assert rig.configure() and rig.activate()
    rig.trigger('estop')
    wait_until(lambda: len(stop_lines(log)) == 3, f'the third line, not {stop_lines(log)}')


def test_an_inactive_node_calls_nothing_and_still_stops_what_runs(graph, tmp_path):
    server = Server(graph)
    rig = ToolRig(graph, tmp_path, DRIVE).bring_up()
    rig.user('Drive.')
    wait_until(lambda: server.goals == 1, 'the goal')
    assert rig.deactivate()
    rig.user('Drive.')
    assert server.cancelled == 0
    rig.user('Robot, emergency stop.')
    rig.until('drive', Stage.CANCELLED, 'emergency stop')
    wait_until(lambda: server.cancelled == 1, 'the cancel')
    assert rig.told().count('drive PROPOSED') == 1


def test_an_interrupt_ends_what_runs_though_the_node_is_inactive(graph, tmp_path):
    server = Server(graph)
    tools = DRIVE.replace('policy: {}', 'policy: {cancel_on: [interrupt]}')
    rig = ToolRig(graph, tmp_path, tools).bring_up()
    rig.user('Drive.')
    wait_until(lambda: server.goals == 1, 'the goal')
    assert rig.deactivate()
    rig.interrupt()
    rig.until('drive', Stage.CANCELLED, 'interrupt')
    wait_until(lambda: server.cancelled == 1, 'the cancel')


def test_a_conversation_that_began_anew_while_the_node_was_inactive_is_understood(graph, tmp_path):
    rig = ToolRig(graph, tmp_path, AGENTS).bring_up()
    rig.agent(' Hello there.', epoch=7)
    wait_until(lambda: rig.node._acting.intent._epoch == 7, 'the words')
    assert rig.deactivate()
    rig._frame = 0
    rig.agent(' Hello again.', epoch=0)
    wait_until(lambda: rig.node._acting.intent._epoch == 0, 'the new conversation')
    assert rig.activate()
    wait_until(lambda: not is_under_way(rig), 'a silence')
    rig.agent(" I'll shout.", epoch=0)
    rig.until('shout', Stage.FAILED, 'nobody listens')


def test_a_sentence_that_began_before_the_node_was_active_means_nothing(graph, tmp_path):
    rig = ToolRig(graph, tmp_path, AGENTS)
    assert rig.configure()
    rig.agent(' She never said')
    wait_until(lambda: rig.node._agent._last[1] > 2 and is_under_way(rig), 'the words')
    assert rig.activate()
    rig.agent(" I'll shout. And")
    wait_until(lambda: not is_under_way(rig), 'a silence')
    assert rig.told() == []
    rig.agent(" I'll shout.")
    rig.until('shout', Stage.FAILED, 'nobody listens')


def test_a_node_that_was_never_active_acts_on_no_words(graph, tmp_path):
    rig = ToolRig(graph, tmp_path, AGENTS)
    assert rig.configure()
    rig.agent(" I'll shout.")
    wait_until(lambda: has_ended(rig), 'the sentence')
    assert rig.activate()
    rig.agent(" I'll shout.")
    rig.until('shout', Stage.FAILED, 'nobody listens')
    assert rig.told().count('shout PROPOSED') == 1


def test_a_node_that_is_deactivated_at_once_rests_though_its_thread_was_busy(graph, tmp_path):
    rig = ToolRig(graph, tmp_path, AGENTS)
    assert rig.configure()
    acting, go_on = rig.node._acting, threading.Event()
    acting._thread.post(go_on.wait, 10.0)
    acting.agent_said(' Hello.', 0)
    acting.listen()
    acting.stop_listening('deactivated at once')
    acting.agent_said(" I'll shout.", 0)
    go_on.set()
    wait_until(lambda: has_ended(rig), 'the sentence')
    acting.query(lambda: None)
    assert acting.intent.is_resting and rig.told() == []


def test_an_active_node_whose_words_were_lost_acts_on_later_ones(graph, tmp_path):
    rig = ToolRig(graph, tmp_path, AGENTS)
    assert rig.configure()
    acting, go_on = rig.node._acting, threading.Event()
    acting._thread.post(go_on.wait, 10.0)
    assert rig.activate()
    for _ in range(MAX_WAITING + 1):
        acting.agent_said(' and', 0)
    go_on.set()
    wait_until(lambda: acting.words_lost and not acting.intent.is_resting, 'an end of the rest')
    wait_until(lambda: not is_under_way(rig), 'a silence')
    rig.agent(" I'll shout.")
    rig.until('shout', Stage.FAILED, 'nobody listens')


def test_an_inactive_node_acts_on_no_words_and_on_the_next_sentence_once_it_is_active(
    graph, tmp_path
):
    rig = ToolRig(graph, tmp_path, AGENTS).bring_up()
    assert rig.deactivate()
    rig.agent(" I'll shout.")
    wait_until(lambda: has_ended(rig), 'the sentence')
    assert rig.activate()
    assert rig.told() == []
    rig.agent(" I'll shout.")
    rig.until('shout', Stage.FAILED, 'nobody listens')
    assert rig.told().count('shout PROPOSED') == 1


def has_ended(rig) -> bool:
    """Whether the agent has said a whole sentence, and no word of the next one."""
    return is_under_way(rig) and not rig.node._acting.intent._agent.has_begun


def is_under_way(rig) -> bool:
    """Whether the agent may go on with what it says."""
    return rig.node._acting.intent._agent.is_under_way(time.monotonic())


def test_what_a_model_was_asked_before_a_stop_is_not_done_after_its_release(graph, tmp_path):
    rig = ToolRig(graph, tmp_path, AGENTS).bring_up()
    calls = graph.node.create_publisher(ToolCall, rig.path('tool_calls'), 10)
    wait_until(lambda: calls.get_subscription_count() > 0, 'ears')
    call = ToolCall(name='shout', arguments='{}', source='background')
    call.header.stamp = rig.node.get_clock().now().to_msg()
    assert rig.trigger('estop').success and rig.trigger('release_estop').success
    calls.publish(call)
    rig.until('shout', Stage.REFUSED, 'too late')
    call.header.stamp = rig.node.get_clock().now().to_msg()
    calls.publish(call)
    rig.until('shout', Stage.FAILED, 'nobody listens')


def test_cleaning_up_cancels_what_runs(graph, tmp_path):
    server = Server(graph)
    rig = ToolRig(graph, tmp_path, DRIVE).bring_up()
    rig.user('Drive.')
    wait_until(lambda: server.goals == 1, 'the goal')
    assert rig.deactivate()
    assert rig.change(Transition.TRANSITION_CLEANUP)
    wait_until(lambda: server.cancelled == 1, 'the cancel')
    rig.until('drive', Stage.CANCELLED)


def test_an_open_question_ends_when_the_node_is_deactivated(make_rig, shouts):
    rig = make_rig('{confirm: spoken}').bring_up()
    rig.user('Shout.')
    rig.until('shout', Stage.CONFIRMING)
    assert rig.deactivate()
    rig.until('shout', Stage.CANCELLED, 'deactivated')
    assert rig.activate()
    rig.user('Yes.')
    rig.user('Shout.')
    wait_until(lambda: rig.told().count('shout CONFIRMING') == 2, 'a new question')
    assert not shouts


# Who decides


def test_an_operator_approves_by_service(make_rig, shouts):
    rig = make_rig('{confirm: service}').bring_up()
    rig.user('Shout.')
    call_id = rig.until('shout', Stage.CONFIRMING).call_id
    assert not rig.decide('nonsense', DecideCall.Request.APPROVE).success
    assert not rig.decide(call_id, 7).success
    assert not shouts
    assert rig.decide(call_id, DecideCall.Request.APPROVE).success
    wait_until(lambda: len(shouts) == 1, 'the shout')
    assert not rig.decide(call_id, DecideCall.Request.APPROVE).success


def test_an_operator_denies_by_service(make_rig, shouts):
    rig = make_rig('{confirm: service}').bring_up()
    rig.user('Shout.')
    call_id = rig.until('shout', Stage.CONFIRMING).call_id
    assert rig.decide(call_id, DecideCall.Request.DENY).success
    rig.until('shout', Stage.REFUSED, 'operator said no')
    assert not shouts


# What it requires


def test_a_condition_that_nobody_tells_is_not_true(make_rig):
    rig = make_rig('{requires: [ready]}').bring_up()
    rig.user('Shout.')
    rig.until('shout', Stage.REFUSED, 'ready is not true')


def test_a_latched_condition_holds_and_a_stale_one_does_not(graph, make_rig):
    rig = make_rig('{requires: [ready]}', requires_fresh_s=0.1).bring_up()
    latched = rig.latch('ready', True)

    def is_shouted() -> bool:
        rig.user('Shout.')
        return 'shout SUCCEEDED' in rig.told()

    wait_until(is_shouted, 'the latched value')
    graph.node.destroy_publisher(latched)
    plain = graph.node.create_publisher(Bool, rig.path('ready'), 10)
    wait_until(lambda: plain.get_subscription_count() > 0)
    plain.publish(Bool(data=True))
    before = rig.told().count('shout REFUSED')

    def is_stale() -> bool:
        rig.user('Shout.')
        return rig.told().count('shout REFUSED') > before

    wait_until(is_stale, 'the value to be too old')


def test_a_condition_that_turned_false_refuses(make_rig):
    rig = make_rig('{requires: [ready]}').bring_up()
    ready = rig.latch('ready', True)
    wait_until(lambda: ready.get_subscription_count() > 0)
    ready.publish(Bool(data=False))

    def is_refused() -> bool:
        rig.user('Shout.')
        return 'shout REFUSED' in rig.told()

    wait_until(is_refused, 'a refusal')


# The file


def test_a_changed_file_is_used_at_once(make_rig, shouts):
    rig = make_rig(reload_period_s=0.05).bring_up()
    rig.write(entry('yell', SHOUT))

    def is_yelled() -> bool:
        rig.user('Yell.')
        return 'yell SUCCEEDED' in rig.told()

    wait_until(is_yelled, 'the new tool')
    rig.user('Shout.')
    rig.user('Yell.')
    wait_until(lambda: len(shouts) >= 2)
    assert 'shout SUCCEEDED' not in rig.told()


def test_an_invalid_change_is_kept_out_with_its_line(graph, make_rig):
    log = graph.log()
    told = graph.listen(DiagnosticArray, '/diagnostics')
    rig = make_rig(reload_period_s=0.05).bring_up()
    rig.write(entry('yell', SHOUT.replace('data', 'datum')))
    line = log.wait(lambda m: 'is not used' in m.msg, 'the log line')
    assert 'tools.yaml:11:' in line.msg and 'datum' in line.msg
    answer = rig.trigger('reload_tools')
    assert not answer.success and 'datum' in answer.message
    told.wait(
        lambda m: any(
            s.level == DiagnosticStatus.ERROR and 'not used' in s.message for s in m.status
        ),
        'the diagnostics',
    )
    rig.user('Shout.')
    rig.until('shout', Stage.SUCCEEDED)
    rig.write(entry('yell', SHOUT))
    wait_until(lambda: rig.trigger('reload_tools').success, 'the corrected file')


@pytest.mark.parametrize(
    ('parameters', 'why'),
    [
        ({'tools_file': '/nowhere/tools.yaml'}, 'No such file'),
        ({'audit_file': '/proc/nowhere/audit.jsonl'}, 'nowhere'),
    ],
)
def test_what_cannot_work_is_told_on_configure(graph, tmp_path, parameters, why):
    log = graph.log()
    rig = ToolRig(graph, tmp_path, **parameters)
    assert not rig.configure()
    assert why in log.wait(lambda m: 'cannot configure' in m.msg, 'the line').msg


def test_a_type_that_is_not_installed_is_told_on_configure_with_its_line(graph, tmp_path):
    log = graph.log()
    rig = ToolRig(graph, tmp_path, entry('shout', SHOUT.replace('std_msgs', 'no_msgs')))
    assert not rig.configure()
    line = log.wait(lambda m: 'cannot configure' in m.msg, 'the line').msg
    assert 'tools.yaml:11:' in line and "package 'no_msgs' is not installed" in line


# What it hears


def test_the_agents_words_act_for_tools_that_are_its_own(graph, tmp_path, shouts):
    own = entry('shout', SHOUT, source='agent', phrases="{agent: [I'll shout]}")
    rig = ToolRig(graph, tmp_path, own).bring_up()
    rig.agent(" Sure. I'll shout.")
    rig.until('shout', Stage.SUCCEEDED)
    rig.agent(" Sure. I'll sh", epoch=0)
    rig.agent_ends(interrupted=True)
    rig.interrupt(epoch=1)
    rig.agent('out.', epoch=0)
    rig.agent(" Okay, I'll shout.", epoch=1)
    wait_until(lambda: rig.told().count('shout SUCCEEDED') == 2, 'the second shout')
    assert len(shouts) <= 2


def test_words_that_a_cut_has_overtaken_do_not_count(graph, tmp_path, shouts):
    own = entry('shout', SHOUT, source='agent', phrases="{agent: [I'll shout]}")
    rig = ToolRig(graph, tmp_path, own).bring_up()
    rig.agent(' Hm.', epoch=3)
    rig.agent_ends(interrupted=True, at_s=10)  # its engine was lost: nothing else tells of it
    wait_until(lambda: rig.node._agent._cut_ns, 'the cut')
    rig.agent(" I'll shout.", epoch=3, at_s=9)
    rig.agent(" Okay, I'll shout.", epoch=4, at_s=2)  # a clock of a simulation may begin anew
    rig.until('shout', Stage.SUCCEEDED)
    assert rig.told().count('shout PROPOSED') == 1


@pytest.mark.parametrize(
    ('before', 'after'),
    [((7, 5), (0, 0)), ((4, 20), (0, 60)), ((0, 300), (0, 0))],
    ids=['both are lower', 'an engine that came back had set the frame to 0', 'in epoch 0'],
)
def test_a_conversation_that_begins_anew_is_understood(graph, tmp_path, before, after):
    own = entry('shout', SHOUT, source='agent', phrases="{agent: [I'll shout]}")
    rig = ToolRig(graph, tmp_path, own).bring_up()
    epoch, rig._frame = before
    rig.agent(' Hello there.', epoch=epoch)
    rig.interrupt(epoch=epoch + 1)
    wait_until(lambda: rig.node._acting.intent._epoch == epoch + 1, 'the interrupt')
    epoch, rig._frame = after
    rig.agent(" I'll shout.", epoch=epoch)
    rig.until('shout', Stage.FAILED, 'nobody listens')


def test_a_clock_that_is_set_back_during_an_interrupt_makes_it_deaf_to_nobody(graph, tmp_path):
    own = entry('shout', SHOUT, source='agent', phrases="{agent: [I'll shout]}")
    rig = ToolRig(graph, tmp_path, own).bring_up()
    rig.agent(' Hm.', epoch=4, at_s=1000)
    rig.interrupt(epoch=5)
    wait_until(lambda: rig.node._acting.intent._epoch == 5, 'the interrupt')
    rig.agent_ends(interrupted=True, at_s=1000)
    wait_until(lambda: rig.node._agent._cut_ns, 'the cut')
    rig.agent(" I'll shout.", epoch=5, at_s=880)
    rig.until('shout', Stage.FAILED, 'nobody listens')


def test_something_else_on_a_topic_of_user_words_is_told_and_the_node_lives(graph, make_rig):
    log = graph.log()
    rig = make_rig(user_words='user_words, ears/*/text').bring_up()
    graph.node.create_publisher(Float32, rig.path('ears/left/text'), 1)
    log.wait(lambda m: 'std_msgs/msg/Float32 is no speech' in m.msg, 'the line')
    right = graph.node.create_publisher(String, rig.path('ears/right/text'), 10)
    wait_until(lambda: right.get_subscription_count() > 0, 'a subscription')
    right.publish(String(data='Shout.'))
    rig.until('shout', Stage.SUCCEEDED)


def test_words_are_spoken_by_whoever_offers_say_and_logged_otherwise(graph, tmp_path):
    log = graph.log()
    talking = entry('shout', SHOUT, say='{failed: I cannot shout.}')
    rig = ToolRig(graph, tmp_path, talking).bring_up()
    rig.user('Shout.')
    log.wait(lambda m: 'unspoken: I cannot shout.' in m.msg, 'the line')


def test_a_dry_run_sends_nothing(make_rig, shouts):
    rig = make_rig(dry_run=True).bring_up()
    rig.user('Shout.')
    rig.until('shout', Stage.CANCELLED, 'dry run')
    assert not shouts


def test_what_was_done_is_offered_to_the_persona(graph, make_rig):
    told = graph.listen(String, f'{graph.namespace}/tool_context', LATCHED)
    rig = make_rig().bring_up()
    rig.user('Shout.')
    told.wait(lambda m: m.data == 'shout was done.', 'the line')


def test_parameters_are_locked_while_it_is_configured_and_have_descriptions(make_rig):
    rig = make_rig()
    rig.configure()
    from rclpy.parameter import Parameter

    (result,) = rig.node.set_parameters([Parameter('dry_run', value=True)])
    assert not result.successful and 'clean up' in result.reason
    assert 'allow-list' in rig.node.describe_parameter('tools_file').description


def test_the_words_of_every_recogniser_are_read():
    speech = SimpleNamespace(incremental='robot st', final='', confidence=0.4)
    assert user_ears.READERS['hri_msgs/msg/LiveSpeech'](speech) == [
        Said('robot st', is_final=False),
        Said(''),
    ]
    candidates = SimpleNamespace(transcript=['go', 'no'], confidence=[0.9, 0.1])
    read = user_ears.READERS['speech_recognition_msgs/msg/SpeechRecognitionCandidates']
    assert read(candidates) == [Said('go')]
    assert read(SimpleNamespace(transcript=[], confidence=[])) == []
