package atoll.server;

import atoll.host.Clock;
import atoll.host.HostException;
import atoll.host.SocketFile;
import atoll.host.Tasks;
import atoll.manager.Event;
import atoll.manager.EventListener;
import atoll.manager.Manager;
import atoll.manager.Version;
import atoll.scenario.Scenario;
import atoll.scenario.VmDescription;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Has a running system reached by other programs of its user, over a Unix socket. It hears the
 * system's events. Nothing that a client does, or does not do, is waited for by a VM.
 */
public final class ControlServer implements EventListener, AutoCloseable {
  /** What a client is told first; a change that old clients cannot cope with has another number. */
  static final int PROTOCOL = 1;

  /** Clients at once. */
  static final int MOST_CLIENTS = 16;

  /** How long a client may take at the end to read what it has not been told yet. */
  private static final long PATIENCE_MILLIS = 250;

  private static final long PAUSE_MILLIS = 1_000;

  private final Scenario scenario;
  private final SystemFeeds feeds;
  private final ControlActions actions;
  private final Runnable quit;
  private final Tasks tasks;
  private final CountDownLatch ended = new CountDownLatch(1);

  // Guarded by this.
  private final Set<ControlConnection> clients = new HashSet<>();
  private SocketFile socket;
  private boolean closed;

  /**
   * One that cannot be reached yet.
   *
   * @param scenario of the system that the manager has, or will have
   * @param monitor performs what a person types
   * @param quit ends the system; returns at once
   * @param clock says when events were
   */
  public ControlServer(
      Manager manager,
      Scenario scenario,
      Monitor monitor,
      Runnable quit,
      Clock clock,
      Tasks tasks) {
    this.scenario = scenario;
    this.quit = quit;
    this.tasks = tasks;
    feeds = new SystemFeeds(scenario, clock);
    actions = new ControlActions(manager, feeds, monitor);
  }

  @Override
  public void accept(Event event) {
    feeds.accept(event);
  }

  /**
   * Listens at a socket that is made there.
   *
   * @throws HostException if that cannot be, or somebody listens there already
   */
  public void open(Path path) {
    if (listen(path)) {
      tasks.start("control", this::take);
    }
  }

  /**
   * Listens in the user's folder of control sockets, soon: nobody waits for it, and where it cannot
   * be, the system has no socket.
   */
  public void openSoon(ControlFolder folder) {
    tasks.start(
        "control",
        () -> {
          try {
            if (listen(folder)) {
              take();
            }
          } catch (IOException | HostException | UnsupportedOperationException e) {
            // Nobody has asked for it.
          }
        });
  }

  /** Returns false if it is closed already. */
  private synchronized boolean listen(Path path) {
    if (!closed) {
      socket = made(path);
    }
    return !closed;
  }

  private static SocketFile made(Path path) {
    try {
      return SocketFile.listen(path);
    } catch (IOException e) {
      throw new HostException(
          "the control socket %s cannot be made: %s; give another with --control"
              .formatted(path, HostException.reason(e)),
          e);
    }
  }

  /** The same; nothing is made once this is closed. */
  private synchronized boolean listen(ControlFolder folder) throws IOException {
    if (closed) {
      return false;
    }
    folder.prepare();
    return listen(folder.place(scenario.name(), ProcessHandle.current().pid()));
  }

  private void take() {
    while (true) {
      try {
        take(socket().channel().accept());
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException e) {
        pause(); // The host has no room for a client now.
      }
    }
  }

  private synchronized SocketFile socket() {
    return socket;
  }

  private void pause() {
    try {
      boolean ignored = ended.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void take(SocketChannel channel) {
    ControlConnection client = new ControlConnection(channel, actions, feeds, quit, tasks);
    if (enter(client)) {
      tasks.start("control-client", () -> serve(client));
    } else {
      ControlConnection.refuse(
          channel, "there are %d clients already; end one".formatted(MOST_CLIENTS));
    }
  }

  private void serve(ControlConnection client) {
    try {
      client.serve(json -> {
        json.writeStartObject();
        json.writeStringField("atoll", Version.number());
        json.writeNumberField("protocol", PROTOCOL);
        json.writeStringField("system", scenario.name());
        json.writeNumberField("process", ProcessHandle.current().pid());
        RecordJson.writeField("vms", names(), json);
        json.writeEndObject();
      });
    } finally {
      leave(client);
    }
  }

  private List<String> names() {
    return scenario.vms().stream().map(VmDescription::name).toList();
  }

  private synchronized boolean enter(ControlConnection client) {
    return !closed && clients.size() < MOST_CLIENTS && clients.add(client);
  }

  private synchronized void leave(ControlConnection client) {
    clients.remove(client);
  }

  /** Tells clients what they have not been told yet, as far as they read it, and ends. */
  @Override
  public void close() {
    List<ControlConnection> last;
    synchronized (this) {
      closed = true;
      if (socket != null) {
        socket.close();
      }
      last = List.copyOf(clients);
    }
    ended.countDown();
    feeds.close();
    long patience = PATIENCE_MILLIS;
    for (ControlConnection client : last) {
      patience = client.end(patience) ? patience : 0;
    }
  }
}
