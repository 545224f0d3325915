# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The lifecycle node that turns words into actions, by the rules of tools.yaml."""

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.lifecycle import State as LifecycleState
from rclpy.lifecycle import TransitionCallbackReturn

from personaplex_ros.nodes import parameters
from personaplex_ros.nodes.intent.acting import Acting
from personaplex_ros.nodes.intent.agent_ears import AgentEars
from personaplex_ros.nodes.intent.bool_topic import BoolTopic
from personaplex_ros.nodes.intent.desk import Desk
from personaplex_ros.nodes.intent.desk import NOT_CONFIGURED
from personaplex_ros.nodes.intent.estop_log import EstopLog
from personaplex_ros.nodes.intent.hands import CannotPrepare
from personaplex_ros.nodes.intent.hands import RosHands
from personaplex_ros.nodes.intent.reporter import Health
from personaplex_ros.nodes.intent.reporter import Reporter
from personaplex_ros.nodes.intent.settings import ToolIntentSettings
from personaplex_ros.nodes.intent.user_ears import UserEars
from personaplex_ros.nodes.main import run_node
from personaplex_ros.nodes.managed_node import ManagedNode
from personaplex_ros.tools.audit import AuditFile
from personaplex_ros.tools.catalogue import Catalogue
from personaplex_ros.tools.catalogue_file import CatalogueFile
from personaplex_ros.tools.installed_interfaces import InstalledInterfaces
from personaplex_ros.tools.loading import CatalogueError


class ToolIntentNode(ManagedNode):
    """configure reads the file and looks for servers; activate listens to words.

    An inactive node calls nothing. What runs goes on, can be cancelled, and its end is told. The
    emergency stop works in every state, and neither model nor conversation takes part in it.
    """

    def __init__(self, node_name: str = 'tool_intent', **kwargs) -> None:
        super().__init__(node_name, **kwargs)
        self._settings: ToolIntentSettings | None = None
        self._file: CatalogueFile | None = None
        self._catalogue: Catalogue | None = None  # what is in use of it
        self._left_out: Catalogue | None = None  # what stands in it, where this graph has no room
        self._file_problem = ''
        self._acting: Acting | None = None
        self._estop_topics: dict[str, BoolTopic] = {}
        self._state = 'unconfigured'
        parameters.declare(self, ToolIntentSettings, self._why_locked)
        self._stopping = MutuallyExclusiveCallbackGroup()
        self._reading = MutuallyExclusiveCallbackGroup()  # a long file must hold nothing else up
        self._reporter = Reporter(self)
        self._hands = RosHands(self, MutuallyExclusiveCallbackGroup(), self, self._hear_stop)
        self._agent = AgentEars(self)
        self._user = UserEars(self, self._on_user)
        self._estop_log = EstopLog(self.get_logger())
        self._desk = Desk(self, self._reading, self._reload, self._estop_log)
        self._ticker = self.create_timer(1.0, self._on_tick)
        period_s = ToolIntentSettings.reload_period_s
        self._watch = self.create_timer(period_s, self._on_watch, callback_group=self._reading)

    # Lifecycle

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Read the tools file, make every client, open the audit log."""
        try:
            settings = parameters.read(self, ToolIntentSettings)
            file = CatalogueFile(settings.tools_path, InstalledInterfaces())
            self._hands.configure(settings)
            self._hands.prepare(file.catalogue)
            audit = AuditFile(settings.audit_path)
        except (CatalogueError, CannotPrepare, ValueError, OSError) as error:
            self.get_logger().error(f'cannot configure: {error}')
            return TransitionCallbackReturn.FAILURE
        self._settings, self._file, self._file_problem = settings, file, ''
        self._catalogue, self._left_out = file.catalogue, None
        self._acting = Acting(
            file.catalogue,
            self._hands,
            audit,
            settings.dry_run,
            self._reporter.step,
            self._estop_log.note,
            self._on_bug,
            self._desk.estop_by,
        )
        self._listen_to_estop(file.catalogue)
        self._desk.open(self._acting)
        self._agent.open(self._acting)
        self._user.configure(settings.user_topics)
        self._watch_file(settings.reload_period_s)
        self._state = 'inactive'
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Take words."""
        if self._acting is not None:
            self._acting.listen()
        self._state = 'active'
        return super().on_activate(state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Take no more words; open questions end, calls that run go on."""
        if self._acting is not None:
            self._acting.stop_listening('the node was deactivated')
        self._state = 'inactive'
        return super().on_deactivate(state)

    def destroy_node(self) -> None:
        """Cancel what runs, then leave the graph."""
        self._leave()
        self._hands.destroy()
        super().destroy_node()

    # How calls go on: handed to whoever acts now (CallListener)

    def on_feedback(self, call_id: str, text: str) -> None:
        """It goes on."""
        if (acting := self._acting) is not None:
            acting.on_feedback(call_id, text)

    def on_succeeded(self, call_id: str, text: str) -> None:
        """It has ended well."""
        if (acting := self._acting) is not None:
            acting.on_succeeded(call_id, text)

    def on_failed(self, call_id: str, reason: str) -> None:
        """It has ended badly."""
        if (acting := self._acting) is not None:
            acting.on_failed(call_id, reason)

    def on_speaking(self, text: str) -> None:
        """A text begins that was given to `say`, or nobody will speak it."""
        if (acting := self._acting) is not None:
            acting.on_speaking(text)

    # The file

    def _watch_file(self, period_s: float) -> None:
        if period_s:
            self._watch.timer_period_ns = round(period_s * 1e9)
            self._watch.reset()
        else:
            self._watch.cancel()

    def _on_watch(self) -> None:
        if (file := self._file) is not None:
            self._take_change(*file.poll())

    def _reload(self) -> tuple[bool, str]:
        """Look at the file; return whether what it says now is in use, and what to tell.

        What had no room on the graph is tried again: who took its name may be gone.
        """
        if (file := self._file) is None:
            return False, NOT_CONFIGURED
        catalogue, problem = file.poll()
        self._take_change(catalogue if catalogue or problem else self._left_out, problem)
        return not self._file_problem, self._file_problem or f'{len(file.catalogue.tools)} tools'

    def _take_change(self, catalogue: Catalogue | None, problem: str) -> None:
        """Use a valid change; keep what is in use where there is a problem."""
        acting = self._acting
        if acting is None or (catalogue is None and not problem):
            return
        self._left_out = None
        if catalogue is not None:
            try:
                self._hands.prepare(catalogue)
            except CannotPrepare as error:
                self._left_out, problem = catalogue, str(error)
        self._file_problem = problem
        if problem or catalogue is None:
            self.get_logger().error(f'the changed tools file is not used:\n{problem}')
            return
        self._catalogue = catalogue
        self._listen_to_estop(catalogue)
        acting.set_catalogue(catalogue)
        self.get_logger().info(f'the tools file was read again: {len(catalogue.tools)} tools')

    # The emergency stop

    def _hear_stop(self, name: str) -> None:
        """Subscribe once. A topic of an earlier file still stops."""
        if name not in self._estop_topics:
            self._estop_topics[name] = BoolTopic(self, name, self._stopping, self._on_estop)

    def _listen_to_estop(self, catalogue: Catalogue) -> None:
        """Give who acts now what the topic says already."""
        topic = self._estop_topics.get(catalogue.estop_topic)
        if topic is not None and topic.last_is_true:
            self._on_estop(True)

    def _on_estop(self, is_down: bool) -> None:
        if (acting := self._acting) is not None:
            acting.estop_button(is_down)
        elif is_down:
            self._desk.press_estop('topic')

    def _on_user(self, text: str, voice: str, is_final: bool) -> None:
        if (acting := self._acting) is not None:
            acting.user_said(text, voice, is_final)

    def _on_bug(self, error: Exception) -> None:
        self.get_logger().error(f'a mistake in this node: {type(error).__name__}: {error}')

    def _on_tick(self) -> None:
        acting, catalogue, settings = self._acting, self._catalogue, self._settings
        if acting is None or catalogue is None or settings is None:
            self._reporter.health(Health(self._state, estop_by=self._desk.estop_by))
            return
        try:
            self._reporter.context(acting.query(acting.intent.context_lines))
        except TimeoutError as error:
            self._on_bug(error)
        self._reporter.health(
            Health(
                self._state,
                len(catalogue.tools),
                len(acting.intent.open_calls),
                acting.intent.estop_pressed_by,
                self._file_problem,
                tuple(self._hands.absent(catalogue)),
                tuple(self._user.topics),
                acting.words_lost,
                settings.dry_run,
            )
        )

    def _why_locked(self) -> str:
        return '' if self._settings is None else 'clean up the node first: it is configured'

    def _leave(self) -> None:
        """Cancel what runs. A pressed stop stays pressed."""
        acting, self._acting = self._acting, None
        if acting is None:
            return
        self._desk.close()  # from here on it keeps what is pressed
        self._agent.close()
        self._watch_file(0.0)
        acting.close('the node was cleaned up')
        if acting.intent.estop_pressed_by:
            self._desk.press_estop(acting.intent.estop_pressed_by)
        self._file = self._catalogue = self._left_out = self._settings = None
        self._state = 'unconfigured'


def main() -> None:
    """Run the node until it is interrupted."""
    run_node(ToolIntentNode)


if __name__ == '__main__':
    main()
