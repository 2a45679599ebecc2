package atoll.migration;

import atoll.host.Clock;
import atoll.host.HostException;
import atoll.host.Tasks;
import atoll.line.Line;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Where systems come in, one at a time. It listens on while one runs that has come, since its
 * source may have lost the connection and ask what became of it.
 */
public final class Receiver implements Closeable {
  /** How long another host may take to say what it wants. */
  private static final Duration GREETING = Duration.ofSeconds(10);

  /** Connections at once: one that sends, and some that ask. */
  private static final int CONNECTIONS = 8;

  /** Migrations that are remembered. */
  private static final int REMEMBERED = 64;

  private final ServerSocketChannel listening;
  private final Security security;
  private final Reception reception;
  private final Tasks tasks;
  private final Clock clock;
  private final Consumer<String> notices;
  private final AtomicBoolean busy = new AtomicBoolean();
  private final AtomicInteger connections = new AtomicInteger();

  // Guarded by itself.
  private final Map<String, Arrival> known =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Arrival> eldest) {
          return size() > REMEMBERED;
        }
      };

  /** Finds out who comes. */
  @FunctionalInterface
  public interface Security {
    /**
     * Makes a connection safe.
     *
     * @param deadline set on what is below, until all is said
     * @throws IOException if the other end is not trusted, with the reason in words for a user
     */
    Secured secure(SocketChannel channel, Duration deadline) throws IOException;
  }

  /**
   * A connection whose other end is known.
   *
   * @param peer by which name it is trusted
   */
  public record Secured(Line line, String peer) {}

  /**
   * @param listening bound; closed with this
   * @param notices gets a sentence without a full stop when somebody could not come
   */
  public Receiver(
      ServerSocketChannel listening,
      Security security,
      Reception reception,
      Tasks tasks,
      Clock clock,
      Consumer<String> notices) {
    this.listening = listening;
    this.security = security;
    this.reception = reception;
    this.tasks = tasks;
    this.clock = clock;
    this.notices = notices;
  }

  /** Takes connections, until it is closed or a system has come and its source knows it. */
  public void run() {
    while (listening.isOpen()) {
      try {
        take(listening.accept());
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException e) {
        notices.accept("no more connections can be taken: " + HostException.reason(e));
        close();
      }
    }
  }

  private void take(SocketChannel channel) throws IOException {
    if (connections.incrementAndGet() > CONNECTIONS) {
      connections.decrementAndGet();
      channel.close();
      return;
    }
    tasks.start("migration", () -> serve(channel));
  }

  private void serve(SocketChannel channel) {
    try (channel) {
      Secured secured = security.secure(channel, GREETING);
      try (Frames frames = new Frames(secured.line())) {
        hear(frames, secured.peer());
      }
    } catch (IOException | MigrationException e) {
      notices.accept("a connection came to nothing: " + reason(e));
    } finally {
      connections.decrementAndGet();
    }
  }

  private static String reason(Exception problem) {
    return problem instanceof IOException io ? HostException.reason(io) : problem.getMessage();
  }

  private void hear(Frames frames, String peer) throws IOException, MigrationException {
    if (!(frames.next(Frames.GREETING) instanceof Frames.Frame.Said(Message said))) {
      throw new MigrationException("it sends pages before it has said what they are");
    }
    switch (said) {
      case Message.Ask(String id) -> answer(frames, id);
      case Message.Offer offer -> receive(frames, offer, peer);
      default -> throw new MigrationException("it begins with " + said.getClass().getSimpleName());
    }
  }

  private void answer(Frames frames, String id) throws IOException, MigrationException {
    Arrival asked;
    synchronized (known) {
      asked = known.get(id);
    }
    Fate fate = asked == null ? Fate.UNKNOWN : asked.asked();
    frames.patience(GREETING);
    frames.say(new Message.Answer(fate));
    if (fate == Fate.RUNS_HERE && frames.message() instanceof Message.Over) {
      close();
    }
  }

  private void receive(Frames frames, Message.Offer offer, String peer) throws IOException {
    if (!busy.compareAndSet(false, true)) {
      frames.patience(GREETING);
      frames.say(new Message.Failed("another system is coming or has come there"));
      return;
    }
    Arrival arrival = new Arrival(frames, offer, clock);
    synchronized (known) {
      if (known.putIfAbsent(arrival.id(), arrival) != null) {
        busy.set(false);
        frames.say(new Message.Failed("this migration has been tried before"));
        return;
      }
    }
    if (!arrival.run(peer, reception)) {
      busy.set(false);
    } else if (arrival.over()) {
      close();
    }
  }

  /** Takes no more connections. */
  @Override
  public void close() {
    try {
      listening.close();
    } catch (IOException e) {
      // It is of no use any more.
    }
  }
}
