package atoll.net;

import atoll.host.DescriptorPoll;
import atoll.host.EchoSocket;
import atoll.host.FileCalls;
import atoll.host.FileError;
import atoll.host.HostException;
import atoll.host.Tasks;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/**
 * The host's sockets for echoes, one for IPv4 and one for IPv6, and a thread that waits for them,
 * since selectors cannot.
 */
final class HostEchoes implements EchoHost {
  private static final int FAMILIES = 2;
  private static final int ENETUNREACH = 101;
  private static final int EHOSTUNREACH = 113;

  private final Tasks tasks;
  private final String name;
  private final Runnable wake;
  private final EchoSocket[] sockets = new EchoSocket[FAMILIES];

  /** Null until one is open. */
  private DescriptorPoll poll;

  /** Something may be there: the thread looks at nothing until it has been taken. */
  private volatile boolean ready;

  private volatile boolean closed;

  /** What the thread looks at. */
  private final int[] watched = {DescriptorPoll.NONE, DescriptorPoll.NONE};

  /**
   * @param name of the thread, which starts with the first echo
   * @param wake tells the network that there is something
   */
  HostEchoes(Tasks tasks, String name, Runnable wake) {
    this.tasks = tasks;
    this.name = name;
    this.wake = wake;
  }

  private static int family(boolean v4) {
    return v4 ? 0 : 1;
  }

  @Override
  public Access open(boolean v4) {
    if (sockets[family(v4)] != null) {
      return Access.OPEN;
    }
    try {
      EchoSocket made = EchoSocket.open(v4);
      if (!watch(family(v4), made.descriptor())) {
        made.close();
        return Access.MISSING;
      }
      sockets[family(v4)] = made;
      return Access.OPEN;
    } catch (FileError e) {
      boolean forbidden = e.number() == FileCalls.EACCES || e.number() == FileCalls.EPERM;
      return forbidden ? Access.FORBIDDEN : Access.MISSING;
    }
  }

  /** Has the thread wait for one more; false if the host has no descriptor to spare now. */
  private boolean watch(int place, int descriptor) {
    if (poll == null && !start()) {
      return false;
    }
    synchronized (watched) {
      watched[place] = descriptor;
    }
    poll.wake();
    return true;
  }

  private boolean start() {
    try {
      poll = new DescriptorPoll(FAMILIES);
    } catch (HostException e) {
      return false;
    }
    DescriptorPoll own = poll;
    Tasks.Sequence thread = tasks.sequence(name);
    thread.execute(() -> waitAndTell(own));
    thread.close(); // After this one task.
    return true;
  }

  private void waitAndTell(DescriptorPoll own) {
    while (!closed) {
      synchronized (watched) {
        for (int n = 0; n < FAMILIES; n++) {
          own.watch(n, ready ? DescriptorPoll.NONE : watched[n]);
        }
      }
      if (own.await(TimeUnit.HOURS.toNanos(1))) {
        ready = true;
        wake.run();
      }
    }
    own.close();
    for (EchoSocket socket : sockets) {
      if (socket != null) {
        socket.close();
      }
    }
  }

  @Override
  public Unreachable send(ByteBuffer message, int length, IpAddress to, int hops) {
    try {
      MemorySegment bytes = MemorySegment.ofBuffer(message);
      sockets[family(to.isV4())].send(bytes, length, to.toInet(), hops);
      return null;
    } catch (FileError e) {
      return switch (e.number()) {
        case FileCalls.EACCES, FileCalls.EPERM -> Unreachable.PROHIBITED;
        case EHOSTUNREACH -> Unreachable.HOST;
        case ENETUNREACH, FileCalls.EINVAL -> Unreachable.NETWORK;
        default -> null; // No room for it now: it is lost, as packets may be.
      };
    }
  }

  @Override
  public boolean ready() {
    return ready;
  }

  @Override
  public boolean next(Outcome into) {
    MemorySegment bytes = MemorySegment.ofBuffer(into.bytes);
    for (EchoSocket socket : sockets) {
      if (socket != null && (failure(socket, bytes, into) || answer(socket, bytes, into))) {
        return true;
      }
    }
    ready = false;
    poll.wake();
    return false;
  }

  private static boolean failure(EchoSocket socket, MemorySegment bytes, Outcome into) {
    EchoSocket.Failure failure = socket.failure(bytes);
    if (failure == null) {
      return false;
    }
    into.failed = true;
    into.from = IpAddress.of(failure.from());
    into.type = failure.type();
    into.code = failure.code();
    into.info = failure.info();
    into.length = failure.length();
    return true;
  }

  private static boolean answer(EchoSocket socket, MemorySegment bytes, Outcome into) {
    into.failed = false;
    into.length = socket.receive(bytes);
    if (into.length > 0) {
      into.from = IpAddress.of(socket.sender());
    }
    return into.length > 0;
  }

  @Override
  public void close() {
    closed = true;
    if (poll != null) {
      poll.wake(); // The thread gives all back.
    }
  }
}
