package atoll.tests;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import atoll.host.HostMemory;
import atoll.kernel.Microkernel;
import atoll.kernel.SharedMemory;
import atoll.vmm.ChannelDevice;
import atoll.vmm.ChannelPort;
import atoll.vmm.ChannelPort.End;
import atoll.vmm.ChannelState;
import atoll.vmm.Doorbell;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The memory of docs/ivshmem.md#virtio-over-shared-memory between two machines, in which a test can
 * write what either of them could.
 */
final class SharedWire {
  static final int HEADER = 0x1000;
  static final int REVISION = HEADER;
  static final int WRITE_TRANSACTION = HEADER + 0x08;
  static final int DEVICE_FEATURES = HEADER + 0x0c;
  static final int DEVICE_FEATURES_SELECT = HEADER + 0x10;
  static final int DRIVER_FEATURES = HEADER + 0x14;
  static final int DRIVER_FEATURES_SELECT = HEADER + 0x18;
  static final int QUEUE_SELECT = HEADER + 0x1c;
  static final int QUEUE_SIZE = HEADER + 0x20;
  static final int QUEUE_ENABLE = HEADER + 0x26;
  static final int QUEUE_DESCRIPTORS = HEADER + 0x28;
  static final int QUEUE_AVAILABLE = HEADER + 0x30;
  static final int QUEUE_USED = HEADER + 0x38;
  static final int STATUS = HEADER + 0x44;
  static final int GENERATION = HEADER + 0x48;

  static final int ENTRIES = 128;
  static final int BYTES = 1 << 20;
  static final int BUFFERS = 0x8000;
  private static final int QUEUES = 0x2000;
  private static final int QUEUE = 0x3000;

  private static final VarHandle WORD = ValueLayout.JAVA_INT.varHandle();
  private static final VarHandle HALF = ValueLayout.JAVA_SHORT.varHandle();
  private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

  private final HostMemory memory = HostMemory.allocate(BYTES);
  private final List<ChannelPort> ends;

  /** {@code board} gives the memory back at its end. */
  SharedWire(Microkernel board) {
    End end = new End(true, new ChannelDevice.Ivshmem(1));
    SharedMemory before = board.createSharedMemory("wire", BYTES);
    var places = before.contents().places();
    board.destroy(before);
    SharedMemory shared = board.placeShared("wire", places, memory);
    ends =
        ChannelPort.goOn(
            board,
            new ChannelState("wire", BYTES, Collections.nCopies(2, Doorbell.State.NEW)),
            shared,
            List.of(end, end));
  }

  ChannelPort end(int number) {
    return ends.get(number);
  }

  int word(int at) {
    return (int) WORD.getVolatile(memory.segment(), (long) at);
  }

  void word(int at, int value) {
    WORD.setVolatile(memory.segment(), (long) at, value);
  }

  void longWord(int at, long value) {
    LONG.setVolatile(memory.segment(), (long) at, value);
  }

  int half(int at) {
    return Short.toUnsignedInt((short) HALF.getVolatile(memory.segment(), (long) at));
  }

  void half(int at, int value) {
    HALF.setVolatile(memory.segment(), (long) at, (short) value);
  }

  /** Where the parts of a queue are that the driver lays out. */
  static int descriptors(int queue) {
    return QUEUES + queue * QUEUE;
  }

  static int available(int queue) {
    return descriptors(queue) + 0x1000;
  }

  static int used(int queue) {
    return descriptors(queue) + 0x2000;
  }

  /** Writes a descriptor of a driver. */
  void describe(int queue, int id, long address, int length, int flags, int next) {
    int at = descriptors(queue) + 16 * id;
    longWord(at, address);
    word(at + 8, length);
    half(at + 12, flags);
    half(at + 14, next);
  }

  /** Anything, anywhere in header, queues and the first buffers. */
  void scribble(SplittableRandom random) {
    for (int at = HEADER; at < BUFFERS + 4096; at++) {
      memory.segment().set(JAVA_BYTE, at, (byte) random.nextInt());
    }
  }
}
