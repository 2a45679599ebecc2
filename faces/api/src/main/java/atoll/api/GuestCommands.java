package atoll.api;

import atoll.scenario.Guest;
import java.time.Duration;

/** A way to have commands run in a guest, and to move files. Thread-safe. */
interface GuestCommands {
  /** That of a VM with a console: by its agent if it has one, or else typed. */
  static GuestCommands of(Vm vm, SystemLife life, Guest guest) {
    ShellPrompt prompt = new ShellPrompt(vm, guest, life.goesOn());
    GuestCommands typed = new ConsoleCommands(vm, life, prompt, life.operator().nonce());
    return life.agent(vm.name())
        .map(socket -> new AgentCommands(vm, life, socket, prompt))
        .map(agent -> guest instanceof Guest.Linux ? agent : new AgentOrConsole(vm, agent, typed))
        .orElse(typed);
  }

  /**
   * Runs a command by a shell of its own, without input.
   *
   * @param limit in guest time
   * @throws CommandException if it cannot be run, or has not ended in time
   */
  CommandResult run(String command, Duration limit);

  /**
   * Writes a file.
   *
   * @param permissions as in {@code chmod}
   */
  void put(String place, byte[] content, int permissions, Duration limit);

  /** Reads a file. */
  byte[] get(String place, Duration limit);

  /** A word as a shell reads it. */
  static String quoted(String word) {
    return "'" + word.replace("'", "'\\''") + "'";
  }
}
