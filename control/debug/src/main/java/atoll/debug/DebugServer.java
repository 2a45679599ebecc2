package atoll.debug;

import atoll.host.BusyWait;
import atoll.host.Clock;
import atoll.host.HostException;
import atoll.host.Reception;
import atoll.host.SocketFile;
import atoll.host.Tasks;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Lets one debugger at a time debug VMs, by GDB's remote serial protocol. A second one is sent
 * away. One thread serves it all, and waits without using the CPU while nothing happens.
 */
public final class DebugServer implements AutoCloseable {
  private static final int INPUT = 4096;

  private final List<DebugTarget> targets;
  private final DebugAddress address;
  private final Clock clock;
  private final Tasks tasks;
  private final Consumer<String> notices;
  private final Optional<SocketFile> file;
  private final Reception reception;
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
    file =
        address instanceof DebugAddress.OnSocket(Path path)
            ? Optional.of(SocketFile.listen(path))
            : Optional.empty();
    try {
      reception =
          address instanceof DebugAddress.OnPort port
              ? Reception.at(port.socket(), 0, clock)
              : Reception.at(file.orElseThrow().channel(), clock);
    } catch (IOException e) {
      file.ifPresent(SocketFile::close);
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

  /** Serves debuggers from now on, also who has come before; once. */
  public void begin() {
    begun = true;
    tasks.start("gdb", this::run);
  }

  /** Where it is found, with the port that it has got. */
  public DebugAddress address() {
    return address instanceof DebugAddress.OnPort port
        ? new DebugAddress.OnPort(
            new InetSocketAddress(port.socket().getAddress(), reception.port()))
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
      int ignored = reception.selector().select(this::ready, pause());
    } catch (IOException e) {
      drop();
    }
    if (session != null) {
      serve();
    }
  }

  /** Milliseconds until there is something to do by itself; 0 for never. */
  private long pause() {
    long until = reception.resume();
    return until == Reception.NEVER
        ? 0
        : TimeUnit.NANOSECONDS.toMillis(Math.max(0, until - clock.nanos())) + 1;
  }

  private void ready(SelectionKey key) {
    if (key.isValid() && reception.calls(key)) {
      reception.accept().ifPresent(this::welcome);
    } // the debugger's is looked at in each turn
  }

  private void welcome(SocketChannel channel) {
    if (session != null) {
      serve(); // it may have gone just before
    }
    try {
      if (session == null) {
        begin(channel);
        return;
      }
      channel.close();
    } catch (IOException e) {
      discard(channel); // it alone has gone
      return;
    }
    if (!sentAway) { // once for each that is served: anybody can knock all the time
      sentAway = true;
      notices.accept("a second debugger was sent away; the first one is still there");
    }
  }

  private void begin(SocketChannel channel) throws IOException {
    channel.configureBlocking(false);
    if (address instanceof DebugAddress.OnPort) {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
    }
    peer = channel.register(reception.selector(), SelectionKey.OP_READ);
    in.clear().flip();
    out = ByteBuffer.allocate(0);
    session = new GdbSession(targets, this::wake);
    waitsSince = questions.now();
    sentAway = false;
  }

  private static void discard(Channel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // It has gone either way.
    }
  }

  /** Any thread; a VM's hart, which must not wait. */
  private void wake() {
    attention = true;
    reception.wake();
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
    discard(peer.channel());
    peer = null;
  }

  private void shut() {
    try {
      file.ifPresent(SocketFile::close);
      reception.close();
    } catch (IOException e) {
      // Nothing is left that could be done.
    }
  }

  /** Sends the debugger away, and waits until it has left its VMs. */
  @Override
  public void close() {
    closed = true;
    if (begun) {
      reception.leave();
    } else {
      shut();
    }
  }
}
