/** Consoles on terminals, pipes and files of the host. */
module atoll.console {
  requires atoll.host;
  requires atoll.device;
  requires atoll.line;
  requires org.jline.reader;
  requires org.jline.terminal;
  requires org.jline.terminal.ffm;

  exports atoll.console to
      atoll.scenario,
      atoll.manager,
      atoll.api,
      atoll.server,
      atoll.front;

  opens atoll.console to
      atoll.state;
}
