package atoll.api;

import atoll.manager.Bytes;
import atoll.manager.DebugAction;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The guest-physical memory of a VM while it has a life: RAM, ROM and windows of channels. Numbers
 * are little-endian. A VM that runs may change it meanwhile; what must fit together is read while
 * it is {@linkplain Vm#pause paused}. Code that is changed is executed as it is from then on.
 */
public final class Memory {
  private final String vm;
  private final Operator operator;

  Memory(String vm, Operator operator) {
    this.vm = vm;
    this.operator = operator;
  }

  /**
   * Reads bytes.
   *
   * @param address guest-physical, of the first one; RAM begins at 0x8000_0000
   * @param length how many
   * @return a copy
   * @throws AtollException if a part of that is not memory, or the VM has no life
   */
  public byte[] read(long address, int length) {
    if (length < 0) {
      throw new AtollException("memory of %d bytes cannot be read".formatted(length));
    }
    ByteBuffer all = ByteBuffer.allocate(length);
    while (all.hasRemaining()) {
      int piece = Math.min(all.remaining(), DebugAction.ReadMemory.MOST);
      long at = address + all.position();
      all.put(operator.perform(new DebugAction.ReadMemory(vm, at, piece)).toArray());
    }
    return all.array();
  }

  /**
   * Changes bytes.
   *
   * @param address guest-physical, of the first one
   * @param bytes what is there afterwards
   * @throws AtollException if a part of that is not memory that can be written to, or the VM has no
   *     life
   */
  public void write(long address, byte[] bytes) {
    int most = DebugAction.ReadMemory.MOST;
    for (int done = 0; done < bytes.length; done += most) {
      Bytes piece = Bytes.of(bytes, done, Math.min(most, bytes.length - done));
      operator.perform(new DebugAction.WriteMemory(vm, address + done, piece));
    }
  }

  /**
   * Reads a byte.
   *
   * @param address guest-physical
   * @return its 8 bits
   * @throws AtollException as {@link #read} says
   */
  public byte readByte(long address) {
    return read(address, 1)[0];
  }

  /**
   * Reads 32 bits.
   *
   * @param address guest-physical, aligned or not
   * @return the number there
   * @throws AtollException as {@link #read} says
   */
  public int readInt(long address) {
    return buffer(read(address, Integer.BYTES)).getInt();
  }

  /**
   * Reads 64 bits.
   *
   * @param address guest-physical, aligned or not
   * @return the number there
   * @throws AtollException as {@link #read} says
   */
  public long readLong(long address) {
    return buffer(read(address, Long.BYTES)).getLong();
  }

  /**
   * Changes 32 bits.
   *
   * @param address guest-physical, aligned or not
   * @param value what is there afterwards
   * @throws AtollException as {@link #write} says
   */
  public void writeInt(long address, int value) {
    write(address, buffer(new byte[Integer.BYTES]).putInt(value).array());
  }

  /**
   * Changes 64 bits.
   *
   * @param address guest-physical, aligned or not
   * @param value what is there afterwards
   * @throws AtollException as {@link #write} says
   */
  public void writeLong(long address, long value) {
    write(address, buffer(new byte[Long.BYTES]).putLong(value).array());
  }

  private static ByteBuffer buffer(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
