package atoll.console;

import atoll.device.spi.ConsoleBackend;
import atoll.host.DescriptorPoll;
import atoll.host.HostException;
import atoll.host.SerialDevice;
import atoll.host.Tasks;
import atoll.line.Outbox;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A serial port of the host that one guest has for itself. One thread moves its bytes. If the
 * device goes, as one at USB does, the guest sees no carrier until it is back.
 */
public final class DevicePort implements ConsoleBackend, AutoCloseable {
  private static final int ROOM = 64 << 10;
  private static final long AGAIN = 1_000_000_000;
  private static final long LONG = 3_600_000_000_000L;

  private final String name;
  private final Supplier<SerialDevice> opener;
  private final Consumer<String> notices;
  private final PortInput input = new PortInput();
  private final DescriptorPoll poll = new DescriptorPoll(2);
  private final CountDownLatch ended = new CountDownLatch(1);
  private final byte[] incoming = new byte[SerialDevice.MOST];
  private final ByteBuffer outgoing = ByteBuffer.allocate(SerialDevice.MOST).limit(0);
  private final Outbox outbox = new Outbox(ROOM);
  private int have;
  private int given;
  private SerialDevice device;
  private volatile boolean closed;

  /**
   * Takes the device.
   *
   * @param name for messages and its thread
   * @param opener takes it, and takes it again when it is back
   * @param notices told when it goes and comes
   * @throws HostException if it is not to be had
   */
  public DevicePort(
      String name, Supplier<SerialDevice> opener, Tasks tasks, Consumer<String> notices) {
    this.name = name;
    this.opener = opener;
    this.notices = notices;
    try {
      device = opener.get();
    } catch (HostException e) {
      poll.close();
      throw e;
    }
    input.carrier(true);
    tasks.start(name, this::run);
  }

  @Override
  public void output(byte[] bytes, int offset, int length) {
    boolean ignored = outbox.offer(ByteBuffer.wrap(bytes, offset, length));
    poll.wake();
  }

  @Override
  public void attach(Receiver receiver) {
    input.attach(receiver);
    poll.wake();
  }

  @Override
  public void ready() {
    input.ready();
    poll.wake();
  }

  private void run() {
    try {
      while (!closed) {
        if (device == null) {
          reopen();
        } else {
          exchange();
        }
      }
    } finally {
      if (device != null) {
        sendRest();
        device.close();
      }
      ended.countDown();
    }
  }

  private void reopen() {
    poll.watch(0, DescriptorPoll.NONE);
    poll.watch(1, DescriptorPoll.NONE);
    boolean ignored = poll.await(AGAIN);
    if (!closed) {
      try {
        device = opener.get();
        notices.accept("%s is back".formatted(name));
        input.carrier(true);
      } catch (HostException e) {
        outbox.clear(); // Lost, as at an open end.
      }
    }
  }

  private void exchange() {
    if (!deliver() || !send()) {
      lose();
      return;
    }
    boolean full = given < have && !input.mayHaveRoom();
    poll.watch(0, full ? DescriptorPoll.NONE : device.descriptor());
    if (outgoing.hasRemaining()) {
      poll.watchRoom(1, device.descriptor());
    } else {
      poll.watch(1, DescriptorPoll.NONE);
    }
    boolean more =
        given < have && input.mayHaveRoom() || !outbox.isEmpty() && !outgoing.hasRemaining();
    boolean ignored = poll.await(more ? 0 : LONG);
  }

  private void lose() {
    device.close();
    device = null;
    have = 0;
    given = 0;
    outgoing.limit(0);
    input.carrier(false);
    notices.accept("%s is gone; the guest sees no carrier until it is back".formatted(name));
  }

  /** From the device to the guest; false if it is gone. */
  private boolean deliver() {
    if (given == have) {
      int length = device.read(incoming);
      if (length == SerialDevice.GONE) {
        return false;
      }
      have = length;
      given = 0;
    }
    if (given < have) {
      given += input.offer(incoming, given, have - given);
    }
    return true;
  }

  /** From the guest to the device; false if it is gone. */
  private boolean send() {
    if (!outgoing.hasRemaining()) {
      outbox.poll(outgoing);
    }
    if (outgoing.hasRemaining()) {
      int length = device.write(outgoing.array(), outgoing.position(), outgoing.remaining());
      if (length == SerialDevice.GONE) {
        return false;
      }
      outgoing.position(outgoing.position() + length);
    }
    return true;
  }

  /** What the guest has said last, as far as the device has room for it. */
  private void sendRest() {
    boolean there = true;
    while (there && !outbox.isEmpty() && !outgoing.hasRemaining()) {
      there = send();
    }
  }

  /** Gives it back, and returns when that is done. */
  @Override
  public void close() {
    closed = true;
    poll.wake();
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    poll.close();
  }
}
