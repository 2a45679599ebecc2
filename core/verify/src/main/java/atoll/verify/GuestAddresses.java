package atoll.verify;

import static atoll.verify.InstructionDecoder.RAX;
import static atoll.verify.InstructionDecoder.RCX;

/**
 * What is known of registers at a place of a piece: that some hold the host address of bytes of the
 * guest's, or that a base register plus RCX plus a constant is one. Both begin with a comparison of
 * the guest's address with a tag, and end when one of their registers is written.
 */
final class GuestAddresses {
  /** Registers that hold the host address of {@link #hostRoom} bytes, a bit each. */
  private int hosts;

  private int hostFrom;
  private int hostRoom;
  private boolean hostWritable;

  /** Whether {@link #base} + RCX + {@link #offset} is the host address of {@link #room} bytes. */
  private boolean guarded;

  private int guardFrom;
  private int base;
  private int offset;
  private int room;
  private boolean forStores;

  void forget() {
    hosts = 0;
    guarded = false;
  }

  /** A register has another value. */
  void write(int register) {
    hosts &= ~(1 << register);
    if (register == RCX || register == base) {
      guarded = false;
    }
  }

  /** A register plus RCX plus a constant is the address of some bytes, since {@code from}. */
  void sum(int from, int register, int constant, int bytes, boolean stores) {
    guarded = true;
    guardFrom = from;
    base = register;
    offset = constant;
    room = bytes;
    forStores = stores;
  }

  /** RAX is the address of some bytes, since {@code from}. */
  void inRax(int from, int bytes, boolean writable) {
    hosts = 1 << RAX;
    hostFrom = from;
    hostRoom = bytes;
    hostWritable = writable;
  }

  boolean isHost(int register) {
    return (hosts >>> register & 1) != 0;
  }

  /** A register is a copy of one that {@link #isHost}. */
  void copy(int register) {
    hosts |= 1 << register;
  }

  /**
   * Since where an access is known to stay in the guest's memory: nothing may lead to between that
   * place and the access. -1 if it is not known to.
   */
  int since(InstructionDecoder in, int rights) {
    if (guarded && in.index == RCX) {
      boolean its = in.base == base && in.displacement == offset && in.scale == 0;
      int right = forStores ? StateLayout.WRITE : StateLayout.READ;
      return its && in.size <= room && rights == right ? guardFrom : -1;
    }
    boolean its = isHost(in.base) && in.index < 0 && in.displacement >= 0;
    return its
            && in.displacement <= hostRoom - in.size
            && (hostWritable || rights == StateLayout.READ)
        ? hostFrom
        : -1;
  }
}
