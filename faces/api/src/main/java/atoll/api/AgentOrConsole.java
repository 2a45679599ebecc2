package atoll.api;

import java.time.Duration;

/**
 * Commands by the agent, if it is there in the guest's present life, and by the shell on the
 * console otherwise: an image that was made by an older Atoll, or is not of systemd's, does not
 * start it.
 */
final class AgentOrConsole implements GuestCommands {
  private final Vm vm;
  private final AgentCommands agent;
  private final GuestCommands console;
  private GuestCommands chosen;
  private int life;

  AgentOrConsole(Vm vm, AgentCommands agent, GuestCommands console) {
    this.vm = vm;
    this.agent = agent;
    this.console = console;
  }

  private synchronized GuestCommands chosen() {
    int now = vm.lives();
    if (now != life || chosen == null) {
      chosen = agent.listens() ? agent : console;
      life = now;
    }
    return chosen;
  }

  @Override
  public CommandResult run(String command, Duration limit) {
    return chosen().run(command, limit);
  }

  @Override
  public void put(String place, byte[] content, int permissions, Duration limit) {
    chosen().put(place, content, permissions, limit);
  }

  @Override
  public byte[] get(String place, Duration limit) {
    return chosen().get(place, limit);
  }
}
