package atoll.peripheral;

/**
 * A device of the user's own on the board of one VM: registers at a range of addresses.
 *
 * <p>A class that a scenario names has a constructor that takes a {@link Board}, or none. A life of
 * the VM, from power-on to its end or reset, has a device of its own: the constructor is the
 * power-on, {@link #close} the end, and a reset is both.
 *
 * <p><b>Threads.</b> The methods of one device, the actions of its timers and those of {@link
 * Board#perform} are called one at a time, so it needs no locks; which thread it is changes. While
 * a method of this class executes, the hart that caused it waits, and nothing else of the device
 * can be done: it should return within some microseconds, and never wait for anybody.
 *
 * <p><b>Errors.</b> Whatever one of these methods throws ends the life of the VM, and of no other,
 * with a message that names class, method, register and exception.
 */
public interface Peripheral {
  /**
   * Whether there is something to access. What is refused is an access fault for the guest.
   *
   * @param offset bytes from the device's first address; {@code offset + size} is within its range
   * @param size 1, 2, 4 or 8 bytes
   * @param write whether it is a store
   * @return unless overridden, true for aligned words of 4 bytes
   */
  default boolean decodes(long offset, int size, boolean write) {
    return size == 4 && offset % 4 == 0;
  }

  /**
   * A load from a register.
   *
   * @param offset bytes from the device's first address; {@link #decodes} has agreed to it
   * @param size 1, 2, 4 or 8 bytes
   * @return what the guest reads; bits above {@code size} bytes are not looked at
   */
  long read(long offset, int size);

  /**
   * A store to a register.
   *
   * @param offset bytes from the device's first address; {@link #decodes} has agreed to it
   * @param size 1, 2, 4 or 8 bytes
   * @param value what the guest writes, zero-extended
   */
  void write(long offset, int size, long value);

  /**
   * The VM is about to stand still. Timers and actions wait until it goes on, and memory is out of
   * reach; what the device does by itself, such as a thread of its own, should wait as well.
   */
  default void pause() {}

  /** The VM goes on after a {@link #pause}. */
  default void resume() {}

  /**
   * The life of the VM is over, or another device takes this one's place: files, sockets and
   * threads are given back. Called once; an exception is only told of.
   */
  default void close() {}

  /**
   * A device of two functions, for tests, which accepts aligned words of 4 bytes.
   *
   * @param reader serves loads
   * @param writer serves stores
   * @return that does nothing else
   */
  static Peripheral of(Reader reader, Writer writer) {
    return new Peripheral() {
      @Override
      public long read(long offset, int size) {
        return reader.read(offset, size);
      }

      @Override
      public void write(long offset, int size, long value) {
        writer.write(offset, size, value);
      }
    };
  }

  /** {@link Peripheral#read} alone. */
  @FunctionalInterface
  interface Reader {
    /**
     * A load from a register.
     *
     * @param offset bytes from the device's first address
     * @param size in bytes
     * @return what the guest reads
     */
    long read(long offset, int size);
  }

  /** {@link Peripheral#write} alone. */
  @FunctionalInterface
  interface Writer {
    /**
     * A store to a register.
     *
     * @param offset bytes from the device's first address
     * @param size in bytes
     * @param value what the guest writes
     */
    void write(long offset, int size, long value);
  }
}
