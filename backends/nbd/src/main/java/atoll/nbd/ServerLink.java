package atoll.nbd;

import atoll.host.Clock;
import atoll.host.HostException;
import java.io.Closeable;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * A connection to a server, made anew when it is lost.
 *
 * <p>One of the threads that need it makes it, the others wait. If that fails they all fail, until
 * the next request tries again; but after a loss it is tried for as long as the address says first.
 * That time is counted in waits, since no clock is needed for more.
 */
final class ServerLink implements Closeable {
  private static final Duration PAUSE = Duration.ofMillis(250);

  /** A server that dies of each request is not served for ever. */
  private static final int TRIES = 5;

  private final NbdAddress address;
  private final Clock clock;
  private final UnflushedWrites unflushed;
  private final Consumer<String> notices;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ExportInfo first;

  private NbdConnection current;

  /** What is being made; null unless somebody makes one. */
  private NbdConnection fresh;

  private boolean connecting;
  private boolean closed;
  private boolean told;

  /** Attempts that have failed in all, and why the last one did. */
  private long failures;

  private IOException failure;

  /** How long requests still wait for a server that is gone. */
  private long waits;

  /** Something with a connection. */
  @FunctionalInterface
  interface Use {
    void with(NbdConnection connection) throws IOException;
  }

  /**
   * Connects.
   *
   * @param clock the host's, by which a server has only so long to agree
   * @param notices told of losses and returns, a sentence each without a full stop
   */
  ServerLink(NbdAddress address, UnflushedWrites unflushed, Clock clock, Consumer<String> notices)
      throws IOException {
    this.address = address;
    this.clock = clock;
    this.unflushed = unflushed;
    this.notices = notices;
    current = Connector.connect(address, clock);
    first = current.info();
    waits = address.reconnect().toNanos();
  }

  ExportInfo info() {
    return first;
  }

  /**
   * Has something done on a connection; again, if that is lost meanwhile.
   *
   * @throws UnreachableException if there is none
   */
  void use(Use use) throws IOException {
    for (int n = 1; ; n++) {
      NbdConnection connection = connection();
      try {
        use.with(connection);
        return;
      } catch (UnreachableException e) {
        lost(connection, e);
        if (n == TRIES) {
          throw e;
        }
      }
    }
  }

  private void lost(NbdConnection connection, UnreachableException why) {
    boolean tell = false;
    lock.lock();
    try {
      if (current == connection) {
        current = null;
        tell = !told && !closed;
        told = true;
      }
    } finally {
      lock.unlock();
    }
    if (tell) {
      String waiting =
          address.reconnect().isZero()
              ? "requests fail until it is back"
              : "requests wait up to %d s".formatted(address.reconnect().toSeconds());
      notices.accept("%s: %s; %s".formatted(address, why.getMessage(), waiting));
    }
  }

  private NbdConnection connection() throws UnreachableException {
    lock.lock();
    try {
      long before = failures;
      while (!closed && connecting) {
        changed.awaitUninterruptibly();
        if (failures != before && current == null) {
          throw unreachable();
        }
      }
      if (closed) {
        throw new UnreachableException("%s has been closed".formatted(address), null);
      }
      if (current != null && current.alive()) {
        return current;
      }
      connecting = true;
    } finally {
      lock.unlock();
    }
    return reconnect();
  }

  private UnreachableException unreachable() {
    return new UnreachableException(
        "its server cannot be reached (%s)".formatted(HostException.reason(failure)), failure);
  }

  private NbdConnection reconnect() throws UnreachableException {
    NbdConnection made = null;
    boolean back = false;
    try {
      made = attempts();
    } finally {
      lock.lock();
      try {
        connecting = false;
        fresh = null;
        current = made;
        failures += made == null ? 1 : 0;
        if (made != null) {
          waits = address.reconnect().toNanos();
          back = told;
          told = false;
        }
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
    if (back) {
      notices.accept("%s is back".formatted(address));
    }
    return made;
  }

  private NbdConnection attempts() throws UnreachableException {
    while (true) {
      try {
        return attempt();
      } catch (IOException e) {
        lock.lock();
        try {
          failure = e;
          if (!pause(e)) {
            throw unreachable();
          }
        } finally {
          lock.unlock();
        }
      }
    }
  }

  private NbdConnection attempt() throws IOException {
    NbdConnection made = Connector.connect(address, clock);
    boolean whole = false;
    try {
      begin(made);
      if (made.info().size() != first.size()) {
        throw new IOException(
            "it has %d bytes now, and had %d".formatted(made.info().size(), first.size()));
      }
      unflushed.repeat(made);
      whole = true;
      return made;
    } finally {
      if (!whole) {
        made.close();
      }
    }
  }

  private void begin(NbdConnection made) throws IOException {
    lock.lock();
    try {
      if (closed) {
        throw new IOException("it has been closed");
      }
      fresh = made;
    } finally {
      lock.unlock();
    }
  }

  /** Waits a little before the next attempt; false if there is to be none. */
  private boolean pause(IOException failed) {
    if (failed instanceof SocketTimeoutException) {
      waits -= Connector.PATIENCE.toNanos();
    }
    long until = Math.min(PAUSE.toNanos(), waits);
    waits -= until;
    long left = until;
    try {
      while (left > 0 && !closed) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
    return until > 0 && !closed;
  }

  @Override
  public void close() {
    NbdConnection one;
    NbdConnection other;
    lock.lock();
    try {
      one = current;
      other = fresh;
      closed = true;
      current = null;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (one != null) {
      one.close();
    }
    if (other != null) {
      other.close();
    }
  }
}
