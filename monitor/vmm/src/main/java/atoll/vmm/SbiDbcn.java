package atoll.vmm;

import atoll.memory.GuestMemory;

/** The debug console (SBI §12). */
final class SbiDbcn implements SbiExtension {
  private static final int ID = 0x4442434e;
  private static final int WRITE = 0;
  private static final int READ = 1;
  private static final int WRITE_BYTE = 2;

  /** Most bytes that one call moves; the caller is told how many and asks again. */
  private static final long CHUNK = 4096;

  /** The same for reads, each byte of which comes through the UART's registers. */
  private static final long READ_CHUNK = 256;

  private final SbiConsole console;
  private final GuestMemory memory;

  SbiDbcn(SbiConsole console, GuestMemory memory) {
    this.console = console;
    this.memory = memory;
  }

  @Override
  public String name() {
    return "DBCN";
  }

  @Override
  public boolean covers(int extension) {
    return extension == ID;
  }

  @Override
  public SbiReply call(SbiCall call) {
    return switch (call.function()) {
      case WRITE -> transfer(call, true);
      case READ -> transfer(call, false);
      case WRITE_BYTE -> writeByte((byte) call.argument(0));
      default -> SbiReply.error(SbiError.NOT_SUPPORTED);
    };
  }

  private SbiReply writeByte(byte value) {
    console.write(new byte[] {value});
    return SbiReply.SUCCESS;
  }

  private SbiReply transfer(SbiCall call, boolean toHost) {
    long length = call.argument(0);
    long address = call.argument(1);
    boolean tooHigh = call.argument(2) != 0; // Addresses have 64 bits, so no upper half.
    if (tooHigh || !memory.contains(address, length)) {
      return SbiReply.error(SbiError.INVALID_PARAM);
    }
    int count = (int) Math.min(length, toHost ? CHUNK : READ_CHUNK);
    return SbiReply.value(toHost ? write(address, count) : read(address, count));
  }

  private int write(long address, int count) {
    console.write(memory.read(address, count));
    return count;
  }

  private int read(long address, int count) {
    for (int i = 0; i < count; i++) {
      int value = console.read();
      if (value < 0) {
        return i;
      }
      memory.putByte(address + i, (byte) value);
    }
    return count;
  }
}
