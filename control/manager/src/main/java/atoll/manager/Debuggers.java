package atoll.manager;

import atoll.debug.DebugAddress;
import atoll.debug.DebugServer;
import atoll.debug.DebugTarget;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.image.RefusedException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/** Where debuggers find the virtual machines of a system. */
final class Debuggers implements AutoCloseable {
  /** More than people have debuggers; each has a thread. */
  private static final int MOST = 64;

  private final Clock clock;
  private final Effects effects;
  private final BiConsumer<String, String> notices;
  private final List<DebugServer> servers = new ArrayList<>();
  private boolean begun;
  private boolean closed;

  /**
   * @param clock the host's
   * @param notices told for a virtual machine what a person should know
   */
  Debuggers(Clock clock, Effects effects, BiConsumer<String, String> notices) {
    this.clock = clock;
    this.effects = effects;
    this.notices = notices;
  }

  /**
   * Has a place where virtual machines can be debugged, from {@link #begin} on: who comes before
   * waits.
   *
   * @return the place, with the port that it has got
   * @throws atoll.host.HostException if it is not to be had
   */
  synchronized DebugAddress serve(List<DebugTarget> targets, DebugAddress where) {
    if (closed || servers.size() == MOST) {
      throw new RefusedException(
          closed
              ? "the system is ending"
              : "there are %d places for debuggers already; use one of them".formatted(MOST));
    }
    String first = targets.getFirst().name();
    DebugServer server =
        DebugServer.open(
            targets, where, clock, effects.tasks(), text -> notices.accept(first, text));
    servers.add(server);
    if (begun) {
      server.begin();
    }
    if (where.open()) {
      notices.accept(
          first,
          "whoever reaches %s from the network controls the guest and reads its memory; 127.0.0.1 or a socket is for this host only"
              .formatted(server.address().text()));
    }
    return server.address();
  }

  /** Lets debuggers in: there are virtual machines now that they can attach. */
  synchronized void begin() {
    if (!begun && !closed) {
      begun = true;
      servers.forEach(DebugServer::begin);
    }
  }

  /** What a person types to debug at a place. */
  static String hint(DebugAddress at) {
    return "gdb-multiarch -ex 'set osabi none' -ex 'target extended-remote %s'"
        .formatted(at.text());
  }

  @Override
  public void close() {
    List<DebugServer> all;
    synchronized (this) {
      closed = true;
      all = List.copyOf(servers);
      servers.clear();
    }
    all.forEach(DebugServer::close);
  }
}
