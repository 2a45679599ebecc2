package atoll.engine.mmu;

import atoll.host.HostMemory;
import atoll.state.Unsaved;

/** All translations that a hart has cached, and where the translated code of their pages is. */
@Unsaved("TLBs fill again")
final class CachedTranslations {
  /** TLB entries that are looked at for a host page, some 30 us; if it would be more, all go. */
  private static final int MOST_LOOKED_AT = 16_384;

  /** For M mode: what is not translated, but checked by PMP. */
  final Tlb machine;

  final FetchTlb machineCode = new FetchTlb();

  /** Of the hart's own S and U mode. */
  AddressSpaces own;

  /** Of the virtual modes. */
  final GuestSpaces guests;

  private final Tlb.Epochs epochs = new Tlb.Epochs();

  /** Holds {@link #machine}. */
  private final HostMemory machineTable = Tlb.memory(1, 0);

  /** Holds the jump cache of M mode; null if there is none. */
  private HostMemory machineJumps;

  /**
   * @param spaces how many address spaces of its own the hart keeps
   */
  CachedTranslations(int spaces) {
    machine = new Tlb(machineTable.address(), epochs);
    own = new AddressSpaces(spaces, epochs);
    guests = new GuestSpaces(epochs);
  }

  /** Where the last epoch is that a TLB was given. */
  long lastEpoch() {
    return epochs.address();
  }

  /** Entries of the TLBs for loads and stores that have been filled since their last flush. */
  int filled() {
    return machine.filled() + own.filled() + guests.filled();
  }

  /** Forgets everything. */
  void flush() {
    own.flush();
    guests.flush();
    machine.flush();
    machineCode.flush();
  }

  /** Forgets everything, where translated code is too, and gives back the memory that it was in. */
  void renew() {
    own = own.renewed();
    guests.clear();
    machine.flush();
    machineCode.flush();
    if (machineJumps != null) {
      machineCode.jumps.empty();
    }
  }

  /** Forgets a page in every address space. */
  void forgetPage(long va) {
    machine.flushPage(va);
    machineCode.flushPage(va);
    own.forgetPage(va);
    guests.forgetPage(va);
  }

  // ------------------------------------------------------------ stores

  /** Makes the next store to the host page at {@code hva} take the slow path. */
  void forgetWrites(long hva) {
    if (writable() > MOST_LOOKED_AT) {
      forgetWrites();
    } else {
      forgetWritesSingly(hva);
    }
  }

  /** The same for the first {@code count} of {@code pages}, or for more. */
  void forgetWrites(long[] pages, int count) {
    if ((long) writable() * count > MOST_LOOKED_AT) {
      forgetWrites();
      return;
    }
    for (int i = 0; i < count; i++) {
      forgetWritesSingly(pages[i]);
    }
  }

  private int writable() {
    return machine.writable() + own.writable() + guests.writable();
  }

  private void forgetWritesSingly(long hva) {
    own.forgetWrites(hva);
    guests.forgetWrites(hva);
    machine.flushWrites(hva);
  }

  /** The same for every page. */
  void forgetWrites() {
    own.forgetWrites();
    guests.forgetWrites();
    machine.flushWrites();
  }

  // ------------------------------------------------------------ jump caches

  /** Gives every address space a jump cache, which only translated code uses. */
  void useJumpCaches() {
    machineJumps = HostMemory.allocate(JumpCache.BYTES);
    machineCode.jumps = new JumpCache(machineJumps, 0);
    own.useJumpCaches();
    guests.useJumpCaches();
  }

  /** How many jump caches there are; they may become more. */
  int jumpCaches() {
    return 1 + own.jumpCaches() + guests.jumpCaches();
  }

  /** Forgets where translated code is, as far as one jump cache knows. */
  void emptyJumpCache(int number) {
    int others = 1 + own.jumpCaches();
    if (number == 0) {
      machineCode.jumps.empty();
    } else if (number < others) {
      own.emptyJumpCache(number - 1);
    } else {
      guests.emptyJumpCache(number - others);
    }
  }

  void close() {
    machineTable.close();
    own.close();
    guests.close();
    if (machineJumps != null) {
      machineJumps.close();
    }
  }
}
