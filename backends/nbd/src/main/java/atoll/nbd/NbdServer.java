package atoll.nbd;

import atoll.host.Clock;
import atoll.host.HostException;
import atoll.host.SocketFile;
import atoll.host.Tasks;
import atoll.line.SocketLine;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Offers an export to several clients at once, a task for each. What a client does, or does not do,
 * costs the others nothing but the disk's time.
 */
public final class NbdServer implements Closeable {
  /** Where servers listen unless told otherwise. */
  public static final int USUAL_PORT = Protocol.PORT;

  /** How long a client may take to agree on everything, however little it says at a time. */
  private static final Duration HANDSHAKE = Duration.ofSeconds(10);

  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final ServerSocketChannel listening;
  private final Optional<SocketFile> socketFile;
  private final Settings settings;
  private final NbdExport export;
  private final Optional<TlsContext> tls;
  private final Tasks tasks;
  private final Clock clock;
  private final Consumer<String> notices;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition left = lock.newCondition();
  private final Set<Wire> clients = new HashSet<>();
  private boolean full;

  /** The last client could not be taken; of the thread that takes them. */
  private boolean refusing;

  private volatile boolean closed;

  /**
   * How an export is offered.
   *
   * @param name by which clients ask for it; they may leave it out
   * @param endpoint where it listens; a port of 0 is any that is free
   * @param tls if clients must use it
   * @param clients at most, at once
   */
  public record Settings(String name, Listening endpoint, Optional<TlsFiles> tls, int clients) {
    public Settings {
      if (clients < 1) {
        throw new IllegalArgumentException("%d clients, expected 1 or more".formatted(clients));
      }
      if (Wire.utf8(name).length > Protocol.NAME_MOST) {
        throw new IllegalArgumentException(
            "the name of an export has at most %d bytes".formatted(Protocol.NAME_MOST));
      }
      if (tls.isPresent() && tls.get().certificate().isEmpty()) {
        throw new IllegalArgumentException("a server that uses TLS has a certificate");
      }
    }
  }

  /** Where a server listens. */
  public sealed interface Listening {}

  /** At a port of this host. */
  public record OnPort(String host, int port) implements Listening {}

  /** At a socket in the file system, which only its user can reach. */
  public record OnSocket(Path path) implements Listening {}

  /**
   * Begins to listen; clients are served by {@link #run}.
   *
   * @param clock the host's, by which clients have only so long
   * @param notices told of what its operator may want to know: a sentence without a full stop
   * @throws HostException if that cannot be; the message says what to do
   */
  public NbdServer(
      Settings settings, NbdExport export, Tasks tasks, Clock clock, Consumer<String> notices) {
    this.settings = settings;
    this.export = export;
    this.tasks = tasks;
    this.clock = clock;
    this.notices = notices;
    try {
      tls = settings.tls().isEmpty() ? Optional.empty() : Optional.of(context());
    } catch (IOException e) {
      throw new HostException("TLS cannot be used: " + HostException.reason(e), e);
    }
    switch (settings.endpoint()) {
      case OnPort(String host, int port) -> {
        listening = listen(host, port);
        socketFile = Optional.empty();
      }
      case OnSocket(Path path) -> {
        SocketFile socket = listen(path);
        listening = socket.channel();
        socketFile = Optional.of(socket);
      }
    }
  }

  private TlsContext context() throws IOException {
    return new TlsContext(settings.tls().get());
  }

  private static ServerSocketChannel listen(String host, int port) {
    try {
      ServerSocketChannel channel = ServerSocketChannel.open();
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      return channel.bind(new InetSocketAddress(InetAddress.getByName(host), port));
    } catch (IOException e) {
      throw new HostException(
          "%s:%d cannot be listened at: %s; give another with --listen"
              .formatted(host, port, HostException.reason(e)),
          e);
    }
  }

  private static SocketFile listen(Path path) {
    try {
      return SocketFile.listen(path);
    } catch (IOException e) {
      throw new HostException(
          "socket %s cannot be listened at: %s; give another with --socket"
              .formatted(path, HostException.reason(e)),
          e);
    }
  }

  /** By what clients find the export. */
  public NbdAddress address() {
    Optional<TlsFiles> files = settings.tls().map(own -> TlsFiles.USUAL);
    return switch (settings.endpoint()) {
      case OnPort(String host, int port) ->
          new NbdAddress(new NbdAddress.Tcp(host, port()), settings.name(), files);
      case OnSocket(Path path) ->
          new NbdAddress(
              new NbdAddress.Unix(path.toAbsolutePath().normalize()), settings.name(), files);
    };
  }

  private int port() {
    return listening.socket().getLocalPort();
  }

  /** Serves until it is closed. */
  public void run() {
    while (!closed) {
      try {
        take(listening.accept());
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException e) {
        refused(e);
        pause();
      }
    }
  }

  private void take(SocketChannel channel) throws IOException {
    try {
      accept(channel);
      refusing = false;
    } catch (IOException e) {
      channel.close();
      refused(e);
    }
  }

  /** The first of several in a row is told of. */
  private void refused(IOException why) {
    if (!refusing) {
      refusing = true;
      notices.accept("a client could not be taken: " + HostException.reason(why));
    }
  }

  /** A host without room for a client is asked again after a while. */
  private void pause() {
    lock.lock();
    try {
      long rest = PAUSE.toNanos();
      while (rest > 0 && !closed) {
        rest = left.awaitNanos(rest);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      closed = true;
    } finally {
      lock.unlock();
    }
  }

  private void accept(SocketChannel channel) throws IOException {
    Wire wire = null;
    try {
      wire = new Wire(new SocketLine(channel));
      if (enter(wire)) {
        Wire client = wire;
        tasks.start("nbd client", () -> serve(client));
        return;
      }
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      leave(wire);
      throw new IOException("there is no room for it", e);
    }
    wire.close();
  }

  /** Whether there is room for a client; the first that finds none is told of. */
  private boolean enter(Wire client) {
    boolean tell;
    lock.lock();
    try {
      if (!closed && clients.size() < settings.clients()) {
        full = false;
        return clients.add(client);
      }
      tell = !full && !closed;
      full = true;
    } finally {
      lock.unlock();
    }
    if (tell) {
      notices.accept(
          "there are %d clients already, and further ones are sent away"
              .formatted(settings.clients()));
    }
    return false;
  }

  private void leave(Wire client) {
    lock.lock();
    try {
      clients.remove(client);
      left.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** A client's own faults end its connection, and nobody wants to read of them. */
  private void serve(Wire wire) {
    try (wire) {
      wire.deadline(HANDSHAKE, clock);
      Optional<ServerHandshake.Agreement> agreed =
          new ServerHandshake(wire, settings.name(), export, tls).perform();
      if (agreed.isPresent()) {
        wire.patience(ServerSession.PATIENCE);
        ServerSession.run(wire, export, agreed.get());
      }
    } catch (IOException e) {
      // It has gone, or does not keep to the protocol.
    } catch (OutOfMemoryError e) {
      notices.accept("there is no memory for another client");
    } finally {
      leave(wire);
    }
  }

  /** Ends all connections, and waits until no request is under way. */
  @Override
  public void close() {
    closed = true;
    try {
      socketFile.ifPresent(SocketFile::close);
      listening.close();
    } catch (IOException e) {
      notices.accept("the socket could not be closed: " + HostException.reason(e));
    }
    lock.lock();
    try {
      left.signalAll();
      clients.forEach(Wire::close);
      while (!clients.isEmpty()) {
        left.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }
}
