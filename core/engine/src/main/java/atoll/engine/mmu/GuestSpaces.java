package atoll.engine.mmu;

import java.util.Arrays;

/**
 * The cached translations of the virtual modes, by {@code hgatp}: a hypervisor that goes from one
 * of its guests to another flushes nothing. Made when the first guest runs; a machine without
 * guests pays nothing.
 */
final class GuestSpaces {
  /** Guests whose translations are kept. */
  private static final int GUESTS = 4;

  /** Address spaces kept of each. */
  private static final int SPACES = 4;

  private final AddressSpaces[] guests = new AddressSpaces[GUESTS];
  private final Tlb.Epochs epochs;
  private AddressSpaces current;
  private int made;
  private long uses;
  private boolean jumpCaches;

  GuestSpaces(Tlb.Epochs epochs) {
    this.epochs = epochs;
  }

  /** The translations under the {@code hgatp} that was last selected. */
  AddressSpaces current() {
    return current;
  }

  /**
   * Takes over the values of {@code hgatp} and {@code vsatp}.
   *
   * @param paged whether {@code vsatp} translates
   */
  void select(long hgatp, long vsatp, boolean paged) {
    current = guest(hgatp);
    current.settle();
    current.lastUse = ++uses;
    current.select(vsatp, paged);
  }

  private AddressSpaces guest(long hgatp) {
    AddressSpaces oldest = null;
    for (int i = 0; i < made; i++) {
      AddressSpaces guest = guests[i];
      if (guest.hgatp == hgatp) {
        return guest;
      }
      if (oldest == null || guest.lastUse < oldest.lastUse) {
        oldest = guest;
      }
    }
    if (made < GUESTS) {
      oldest = make();
    } else {
      oldest.flushLater();
    }
    oldest.hgatp = hgatp;
    return oldest;
  }

  private AddressSpaces make() {
    AddressSpaces fresh = new AddressSpaces(SPACES, epochs);
    if (jumpCaches) {
      fresh.useJumpCaches();
    }
    guests[made++] = fresh;
    return fresh;
  }

  /** {@code hfence.vvma} (priv §18.3.2) for one guest; {@code asid} &lt; 0 stands for all. */
  void fence(boolean all, long va, int asid, int vmid) {
    for (int i = 0; i < made; i++) {
      if (guests[i].vmid() == vmid) {
        guests[i].fence(all, va, asid);
      }
    }
  }

  /**
   * {@code hfence.gvma} (priv §18.3.2); {@code vmid} &lt; 0 stands for all guests. A cached
   * translation does not say which guest-physical page it went through, so all of the guest's
   * translations are dropped.
   */
  void fenceSecondStage(int vmid) {
    for (int i = 0; i < made; i++) {
      if (vmid < 0 || guests[i].vmid() == vmid) {
        flush(guests[i]);
      }
    }
  }

  /** Forgets a guest's; at once if they are in use. */
  private void flush(AddressSpaces guest) {
    if (guest == current) {
      guest.flush();
    } else {
      guest.flushLater();
    }
  }

  /** Forgets a page of all of them. */
  void forgetPage(long va) {
    for (int i = 0; i < made; i++) {
      guests[i].forgetPage(va);
    }
  }

  /** Gives what is made from now on jump caches. */
  void useJumpCaches() {
    jumpCaches = true;
  }

  /** How many jump caches there are. */
  int jumpCaches() {
    int count = 0;
    for (int i = 0; i < made; i++) {
      count += guests[i].jumpCaches();
    }
    return count;
  }

  void emptyJumpCache(int number) {
    int first = 0;
    for (int i = 0; i < made; i++) {
      int own = guests[i].jumpCaches();
      if (number < first + own) {
        guests[i].emptyJumpCache(number - first);
        return;
      }
      first += own;
    }
  }

  void flush() {
    fenceSecondStage(-1);
  }

  void forgetWrites(long hva) {
    for (int i = 0; i < made; i++) {
      guests[i].forgetWrites(hva);
    }
  }

  void forgetWrites() {
    for (int i = 0; i < made; i++) {
      if (guests[i] == current) {
        guests[i].forgetWrites();
      } else {
        guests[i].forgetWritesLater();
      }
    }
  }

  /** Entries that {@link #forgetWrites(long)} has to look at. */
  int writable() {
    int count = 0;
    for (int i = 0; i < made; i++) {
      count += guests[i].writable();
    }
    return count;
  }

  /** Entries for loads and stores that have been filled since their last flush. */
  int filled() {
    int count = 0;
    for (int i = 0; i < made; i++) {
      count += guests[i].filled();
    }
    return count;
  }

  /** Forgets all guests, and what their translations were in: the next one is made anew. */
  void clear() {
    close();
    made = 0;
    Arrays.fill(guests, null);
    current = null;
  }

  void close() {
    for (int i = 0; i < made; i++) {
      guests[i].close();
    }
  }
}
