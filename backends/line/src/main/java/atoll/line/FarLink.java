package atoll.line;

import atoll.host.Clock;
import atoll.host.HostException;
import atoll.host.Tasks;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The connection of a device with its far side, which may go away and return: it is made anew for
 * ever, with growing pauses, or waited for.
 *
 * <p>Whoever sends never waits: what the far side does not take is lost once {@link #ROOM} is full.
 * What comes is handed on by a thread of the link's own, so a receiver that waits holds up only the
 * far side. One far side is served at a time. With TLS a newcomer with the same key takes the place
 * of the older connection, which a peer that has lost its power leaves behind; anybody else is
 * turned away. Whoever has not shown a key after {@link #GREETING} is turned away as well, and
 * holds up nobody: {@link #MOST_STRANGERS} may try at the same time.
 */
public final class FarLink implements AutoCloseable {
  /** Bytes that wait for the far side. */
  public static final int ROOM = 256 << 10;

  private static final int PIECE = 16 << 10;
  private static final int MOST_STRANGERS = 4;
  private static final Duration GREETING = Duration.ofSeconds(10);

  /** How long a far side may take nothing while something waits for it. */
  private static final Duration STALLED = Duration.ofSeconds(30);

  /** How long the end waits for a far side to take what waits for it. */
  private static final Duration LAST_WORDS = Duration.ofSeconds(1);

  /** Different troubles that are told until a far side is there: strangers could go on for ever. */
  private static final int MOST_TOLD = 16;

  private static final long FIRST_PAUSE = 100;
  private static final long LONGEST_PAUSE = 5_000;

  private final String name;
  private final FarAddress address;
  private final FarSecurity security;
  private final Tasks tasks;
  private final Clock clock;
  private final Listener listener;
  private final Semaphore strangers = new Semaphore(MOST_STRANGERS);
  private final CountDownLatch closing = new CountDownLatch(1);

  /** Held by the one connection that is served. */
  private final ReentrantLock turn = new ReentrantLock();

  /** Guarded by this. */
  private Line present;

  /** Guarded by this: who that is. */
  private String owner = "";

  /** Guarded by this: who serves that. */
  private Thread reader;

  /** Guarded by this: what was told since a far side was there. */
  private final Set<String> told = new HashSet<>();

  private volatile Outbox outbox;

  /** Open until all of that has been sent, or cannot be. */
  private volatile CountDownLatch sent = new CountDownLatch(0);

  private volatile ServerSocketChannel listening;
  private volatile String peer;

  /** Hears what becomes of the far side, one call after the other. */
  public interface Listener {
    /** It is there. */
    void up(String peer);

    /** It was there, and is no longer. */
    void down(String why);

    /** It cannot be reached, or is refused; a sentence, once for each reason. */
    void trouble(String why);

    /**
     * Takes all of what it has said; may wait, until it is interrupted.
     *
     * @throws IOException if that is nothing that it may say; the connection ends
     */
    void received(ByteBuffer bytes) throws IOException;
  }

  /**
   * @param name of the threads
   * @param clock the host's
   */
  public FarLink(
      String name,
      FarAddress address,
      FarSecurity security,
      Tasks tasks,
      Clock clock,
      Listener listener) {
    this.name = name;
    this.address = address;
    this.security = security;
    this.tasks = tasks;
    this.clock = clock;
    this.listener = listener;
  }

  /**
   * Begins to connect, or to listen.
   *
   * @throws HostException if it cannot listen there
   */
  public void open() {
    if (address.listens()) {
      listening = listen();
      tasks.start(name, this::accept);
    } else {
      tasks.start(name, this::connect);
    }
  }

  private ServerSocketChannel listen() {
    InetSocketAddress at = new InetSocketAddress(address.host(), address.port());
    if (at.isUnresolved()) {
      throw new HostException(
          "%s cannot be listened at: there is no host with that name".formatted(address));
    }
    try {
      ServerSocketChannel channel = ServerSocketChannel.open();
      try {
        channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        return channel.bind(at, MOST_STRANGERS);
      } catch (IOException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw new HostException(
          "%s cannot be listened at: %s".formatted(address, HostException.reason(e)), e);
    }
  }

  /** Where it listens, with the port that the host has chosen, or where the far side is. */
  public FarAddress address() {
    ServerSocketChannel there = listening;
    return there == null ? address : address.withPort(there.socket().getLocalPort());
  }

  /** Who is there now. */
  public Optional<String> peer() {
    return Optional.ofNullable(peer);
  }

  /** Sends all bytes of these buffers, or none if there is no room or nobody; never waits. */
  public boolean send(ByteBuffer... parts) {
    Outbox there = outbox;
    return there != null && there.offer(parts);
  }

  // ------------------------------------------------------------ connections are made

  private void connect() {
    long pause = FIRST_PAUSE;
    while (!closed()) {
      long before = clock.nanos();
      try {
        SocketLine plain = SocketLine.connect(address.host(), address.port(), GREETING);
        greet(plain, true);
      } catch (IOException | IllegalArgumentException e) {
        trouble(
            "the far side %s is not there: %s; it is tried again"
                .formatted(address, HostException.reason(e)));
      }
      boolean lasted = clock.nanos() - before > GREETING.toNanos();
      pause = lasted ? FIRST_PAUSE : Math.min(2 * pause, LONGEST_PAUSE);
      pause(pause);
    }
  }

  private void accept() {
    while (!closed()) {
      try {
        SocketChannel channel = listening.accept();
        if (strangers.tryAcquire()) {
          tasks.start(name + "/peer", () -> welcome(channel));
        } else {
          channel.close();
        }
      } catch (IOException e) {
        if (!closed()) {
          trouble("no far side can be taken at %s: %s".formatted(address, HostException.reason(e)));
          pause(FIRST_PAUSE); // Such as too many open files.
        }
      }
    }
  }

  private void welcome(SocketChannel channel) {
    try {
      SocketLine line;
      try {
        line = new SocketLine(channel);
      } catch (IOException e) {
        strangers.release();
        channel.close();
        throw e;
      }
      greet(line, false);
    } catch (IOException e) {
      trouble("a far side of %s was refused: %s".formatted(address, HostException.reason(e)));
    }
  }

  /** Finds out who is there, and serves it. */
  private void greet(SocketLine plain, boolean client) throws IOException {
    FarSecurity.Secured secured;
    try {
      plain.keepAlive();
      plain.deadline(GREETING, clock);
      secured =
          address.tls()
              ? security.secure(plain, client, address.peer())
              : new FarSecurity.Secured(plain, address.listens() ? "a program" : address.host());
    } catch (IOException | RuntimeException e) {
      plain.close();
      throw e;
    } finally {
      if (!client) {
        strangers.release();
      }
    }
    plain.patience(Duration.ZERO);
    plain.sendPatience(STALLED);
    serve(secured);
  }

  private synchronized void trouble(String why) {
    if (!closed() && told.size() < MOST_TOLD && told.add(why)) {
      listener.trouble(why);
    }
  }

  // ------------------------------------------------------------ one connection

  private void serve(FarSecurity.Secured secured) throws IOException {
    Line line = secured.line();
    if (!take(secured)) {
      line.close();
      throw new IOException("another program is there already");
    }
    turn.lock(); // The one before ends.
    try {
      if (begin(line)) {
        exchange(line, secured.peer());
      }
    } finally {
      leave(line);
      turn.unlock();
    }
  }

  private synchronized boolean take(FarSecurity.Secured secured) {
    boolean another = !address.tls() || !owner.equals(secured.peer());
    if (closed() || present != null && another) {
      return false;
    }
    dismiss();
    present = secured.line();
    owner = secured.peer();
    told.clear();
    return true;
  }

  /** Whoever is there goes, whatever it waits for. */
  private synchronized void dismiss() {
    if (present != null) {
      present.close();
    }
    if (reader != null) {
      reader.interrupt();
    }
  }

  private synchronized boolean begin(Line line) {
    boolean still = line.equals(present) && !closed(); // Another object is another connection.
    reader = still ? Thread.currentThread() : reader;
    return still;
  }

  private synchronized void leave(Line line) {
    if (line.equals(present)) {
      present = null;
    }
    if (reader == Thread.currentThread()) {
      reader = null;
      boolean ignored = Thread.interrupted();
    }
    line.close();
  }

  private void exchange(Line line, String who) {
    Outbox own = new Outbox(ROOM);
    CountDownLatch done = new CountDownLatch(1);
    sent = done;
    outbox = own;
    peer = who;
    String why = "it has ended the connection";
    try {
      tasks.start(name + "/out", () -> write(own, line, done));
      listener.up(who);
      read(line);
    } catch (EOFException e) {
      why = "it has ended the connection";
    } catch (IOException e) {
      why = HostException.reason(e);
    } finally {
      outbox = null;
      peer = null;
      own.end();
      if (!closed()) {
        listener.down(why);
      }
    }
  }

  private void read(Line line) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(PIECE);
    while (line.read(buffer.clear()) >= 0) {
      listener.received(buffer.flip());
    }
  }

  private static void write(Outbox from, Line line, CountDownLatch done) {
    ByteBuffer piece = ByteBuffer.allocate(PIECE);
    try {
      while (from.take(piece)) {
        line.write(piece);
      }
    } catch (IOException e) {
      line.close(); // The reading thread says so.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      done.countDown();
    }
  }

  // ------------------------------------------------------------ its end

  private boolean closed() {
    return closing.getCount() == 0;
  }

  private void pause(long millis) {
    try {
      boolean ignored = closing.await(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Ends it; the listener hears of nothing any more. What waits for the far side is still sent, if
   * that takes it soon.
   */
  @Override
  public void close() {
    closing.countDown();
    ServerSocketChannel there = listening;
    if (there != null) {
      try {
        there.close();
      } catch (IOException e) {
        // It is of no use any more.
      }
    }
    sayLastWords();
    dismiss();
  }

  private void sayLastWords() {
    Outbox last = outbox;
    if (last != null) {
      last.end();
      try {
        boolean ignored = sent.await(LAST_WORDS.toNanos(), TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** For receivers that wait: the wait has ended with the connection. */
  public static InterruptedIOException interrupted(InterruptedException why) {
    Thread.currentThread().interrupt();
    InterruptedIOException told = new InterruptedIOException("the connection has been closed");
    told.initCause(why);
    return told;
  }
}
