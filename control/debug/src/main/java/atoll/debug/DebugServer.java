package atoll.debug;

import atoll.host.BusyWait;
import atoll.host.Clock;
import atoll.host.FileType;
import atoll.host.HostException;
import atoll.host.Tasks;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Lets one debugger at a time debug VMs, by GDB's remote serial protocol. A second one is sent
 * away. One thread serves it all, and waits without using the CPU while nothing happens.
 */
public final class DebugServer implements AutoCloseable {
  private static final int INPUT = 4096;
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final List<DebugTarget> targets;
  private final DebugAddress address;
  private final Clock clock;
  private final Tasks tasks;
  private final Consumer<String> notices;
  private final ServerSocketChannel listening;
  private final Selector selector;
  private final SelectionKey accepting;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final ByteBuffer in = ByteBuffer.allocate(INPUT).flip();
  private ByteBuffer out = ByteBuffer.allocate(0);

  // The debugger that is there now, or null.
  private SelectionKey peer;
  private GdbSession session;

  /** A debugger's next question mostly comes sooner than a thread is woken. */
  private final BusyWait questions = new BusyWait();

  /** Since when nothing has come, by {@link #questions}. */
  private long waitsSince;

  /** What the last look at the debugger's channel has got: bytes, or -1 at its end. */
  private int got;

  /** Until when nobody is taken, or 0. */
  private long pausedUntil;

  /** Whether a session has something to look at. */
  private volatile boolean attention;

  private volatile boolean closed;

  /** There is a thread, which gives everything back. Changed by who has the server. */
  private boolean begun;

  /** A person has been told that another debugger came meanwhile. */
  private boolean sentAway;

  private DebugServer(
      List<DebugTarget> targets,
      DebugAddress address,
      Clock clock,
      Tasks tasks,
      Consumer<String> notices)
      throws IOException {
    this.targets = List.copyOf(targets);
    this.address = address;
    this.clock = clock;
    this.tasks = tasks;
    this.notices = notices;
    listening = listen(address);
    try {
      listening.configureBlocking(false);
      selector = Selector.open();
      accepting = listening.register(selector, SelectionKey.OP_ACCEPT);
    } catch (IOException e) {
      listening.close();
      throw e;
    }
  }

  /**
   * Listens for a debugger, which is served from {@link #begin} on.
   *
   * @param targets the VMs that it can debug, one or more; each server has its own
   * @param clock the host's
   * @param tasks where it has its thread
   * @param notices told what a person should know though it goes on
   * @throws HostException if the address is not to be had
   */
  public static DebugServer open(
      List<DebugTarget> targets,
      DebugAddress address,
      Clock clock,
      Tasks tasks,
      Consumer<String> notices) {
    try {
      return new DebugServer(targets, address, clock, tasks, notices);
    } catch (IOException e) {
      throw new HostException(
          "a debugger cannot be served at %s: %s; give another address"
              .formatted(address.text(), HostException.reason(e)),
          e);
    }
  }

  private static ServerSocketChannel listen(DebugAddress address) throws IOException {
    return switch (address) {
      case DebugAddress.OnPort port -> {
        ServerSocketChannel server = ServerSocketChannel.open();
        server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        yield bound(server, port.socket());
      }
      case DebugAddress.OnSocket(Path file) -> {
        removeOld(file, address.socket());
        ServerSocketChannel server =
            bound(ServerSocketChannel.open(StandardProtocolFamily.UNIX), address.socket());
        if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
          Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        }
        yield server;
      }
    };
  }

  private static ServerSocketChannel bound(ServerSocketChannel server, SocketAddress at)
      throws IOException {
    try {
      return server.bind(at);
    } catch (IOException e) {
      server.close();
      throw e;
    }
  }

  /** A socket that nobody listens at any more, as a killed process leaves it. */
  private static void removeOld(Path file, SocketAddress at) throws IOException {
    if (FileType.of(file) != FileType.SOCKET) {
      return;
    }
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      boolean ignored = probe.connect(at);
    } catch (ConnectException e) {
      Files.delete(file);
      return;
    }
    throw new IOException("a program listens there already");
  }

  /** Serves debuggers from now on, also who has come before; once. */
  public void begin() {
    begun = true;
    tasks.start("gdb", this::run);
  }

  /** Where it is found, with the port that it has got. */
  public DebugAddress address() {
    return address instanceof DebugAddress.OnPort port
        ? new DebugAddress.OnPort(
            new InetSocketAddress(port.socket().getAddress(), listening.socket().getLocalPort()))
        : address;
  }

  // ------------------------------------------------------------ its thread

  private void run() {
    try {
      while (!closed) {
        turn();
      }
    } finally {
      farewell();
      drop();
      shut();
      ended.countDown();
    }
  }

  /** A debugger that waits hears how its VM has ended. */
  private void farewell() {
    if (session == null) {
      return;
    }
    try {
      session.look();
      boolean ignored = send((SocketChannel) peer.channel());
    } catch (IOException | RuntimeException e) {
      // It has gone, and need not know.
    }
  }

  private void turn() {
    try {
      int ignored = selector.select(this::ready, pause());
    } catch (IOException e) {
      drop();
    }
    if (session != null) {
      serve();
    }
  }

  /** Milliseconds until there is something to do by itself; 0 for never. */
  private long pause() {
    if (pausedUntil == 0) {
      return 0;
    }
    long left = pausedUntil - clock.nanos();
    if (left <= 0) {
      pausedUntil = 0;
      accepting.interestOps(SelectionKey.OP_ACCEPT);
      return 0;
    }
    return TimeUnit.NANOSECONDS.toMillis(left) + 1;
  }

  private void ready(SelectionKey key) {
    if (!key.isValid() || !key.isAcceptable()) {
      return; // the debugger's is looked at in each turn
    }
    try {
      accept();
    } catch (IOException e) {
      accepting.interestOps(0);
      pausedUntil = clock.nanos() + PAUSE_NANOS;
    }
  }

  private void accept() throws IOException {
    SocketChannel channel = listening.accept();
    if (channel == null) {
      return;
    }
    if (session != null) {
      serve(); // it may have gone just before
    }
    if (session != null) {
      channel.close();
      if (!sentAway) { // once for each that is served: anybody can knock all the time
        sentAway = true;
        notices.accept("a second debugger was sent away; the first one is still there");
      }
      return;
    }
    try {
      channel.configureBlocking(false);
      if (address instanceof DebugAddress.OnPort) {
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
      }
      peer = channel.register(selector, SelectionKey.OP_READ);
      in.clear().flip();
      out = ByteBuffer.allocate(0);
      session = new GdbSession(targets, this::wake);
      waitsSince = questions.now();
      sentAway = false;
    } catch (IOException e) {
      channel.close(); // it alone has gone
    }
  }

  /** Any thread; a VM's hart, which must not wait. */
  private void wake() {
    attention = true;
    Selector ignored = selector.wakeup();
  }

  private void serve() {
    try {
      exchange();
    } catch (IOException e) {
      drop();
    } catch (RuntimeException | Error e) {
      drop();
      notices.accept("the debugger's connection failed: " + e);
    }
  }

  /** Takes what has come, and sends what there is, until the debugger is to be waited for. */
  private void exchange() throws IOException {
    SocketChannel channel = (SocketChannel) peer.channel();
    boolean more = true;
    while (more && !closed) {
      if (attention) {
        attention = false;
        session.look();
      }
      more = send(channel) && receive(channel);
      if (session.over()) {
        drop();
        return;
      }
    }
    peer.interestOps(out.hasRemaining() ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
  }

  /** Whether all has been sent. */
  private boolean send(SocketChannel channel) throws IOException {
    if (!out.hasRemaining() && session.packets().pending()) {
      out = ByteBuffer.wrap(session.packets().takeOutput());
    }
    while (out.hasRemaining()) {
      if (channel.write(out) == 0) {
        return false;
      }
    }
    return true;
  }

  /** Whether something has come, or a hart has stopped meanwhile. */
  private boolean receive(SocketChannel channel) throws IOException {
    if (!in.hasRemaining()) {
      in.clear();
      boolean come = questions.sees(() -> comes(channel));
      in.flip();
      if (got < 0) {
        throw new IOException("the debugger has gone");
      }
      if (come) {
        questions.waited(waitsSince);
        waitsSince = questions.now();
      }
      if (got == 0) {
        return attention || session.packets().pending();
      }
    }
    if (!session.packets().take(in)) {
      throw new IOException("it does not speak the protocol");
    }
    return true;
  }

  /** Whether bytes are there, or a hart has stopped. */
  private boolean comes(SocketChannel channel) {
    try {
      got = channel.read(in);
    } catch (IOException e) {
      got = -1; // it has gone
    }
    return got != 0 || attention;
  }

  /** The debugger has gone; its VMs go on. */
  private void drop() {
    if (session == null) {
      return;
    }
    try {
      session.close();
    } catch (RuntimeException e) {
      notices.accept("the debugger could not be taken away from a VM: " + e.getMessage());
    }
    session = null;
    peer.cancel();
    try {
      peer.channel().close();
    } catch (IOException e) {
      // It has gone either way.
    }
    peer = null;
  }

  private void shut() {
    try {
      listening.close();
      selector.close();
      if (address instanceof DebugAddress.OnSocket(Path file)) {
        boolean ignored = Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      // Nothing is left that could be done.
    }
  }

  /** Sends the debugger away, and waits until it has left its VMs. */
  @Override
  public void close() {
    closed = true;
    if (!begun) {
      shut();
      return;
    }
    if (selector.isOpen()) {
      Selector ignored = selector.wakeup();
    }
    boolean interrupted = false;
    while (ended.getCount() > 0) {
      try {
        ended.await();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
