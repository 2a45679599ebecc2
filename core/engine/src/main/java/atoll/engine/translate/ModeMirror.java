package atoll.engine.translate;

import atoll.engine.Privilege;
import atoll.engine.hart.SoftHart;
import atoll.engine.hart.StateBlock;
import atoll.engine.mmu.JumpCache;
import atoll.engine.mmu.Mmu;
import atoll.engine.mmu.Tlb;
import atoll.host.RawMemory;

/**
 * What a hart's state block was last told of the modes that translated code may go to by itself,
 * from S mode with {@code SUM} clear to that with it set and back, and from U mode to S mode and
 * back: their TLBs and jump caches, and whether it may. What it may by itself then includes fences.
 */
final class ModeMirror {
  private final SoftHart hart;
  private final Mmu mmu;
  private final StateBlock state;

  private final TlbCopy sumClear = new TlbCopy(StateBlock.SUM_CLEAR);
  private final TlbCopy sumSet = new TlbCopy(StateBlock.SUM_SET);
  private final TlbCopy user = new TlbCopy(StateBlock.USER_TLB);
  private final JumpsCopy userJumps = new JumpsCopy(StateBlock.USER_JUMPS);
  private final JumpsCopy supervisorJumps = new JumpsCopy(StateBlock.SUPERVISOR_JUMPS);

  /** Whether {@link #inPlace} and {@link #sumChooses} are what follows from the hart's state. */
  private boolean known;

  private boolean inPlace;
  private boolean sumChooses;

  /** Where the last epoch of the hart's TLBs is, and what it was when all of them were compared. */
  private final long lastEpoch;

  private long compared;

  ModeMirror(SoftHart hart) {
    this.hart = hart;
    mmu = hart.mmu;
    state = hart.state;
    lastEpoch = mmu.lastEpoch();
  }

  /**
   * Whether no TLB of the hart has begun an epoch since the last {@link #refresh}. Most exits end
   * none, and one word says so of all TLBs.
   */
  boolean sameEpochs() {
    return RawMemory.getLong(lastEpoch) == compared;
  }

  /** Something may have changed that decides whether translated code may change modes. */
  void forget() {
    known = false;
  }

  /** Tells the state block what has changed. */
  void refresh() {
    if (known && sameEpochs()) {
      return;
    }
    compared = RawMemory.getLong(lastEpoch);
    if (!known) {
      decide();
    }
    if (sumChooses || inPlace) {
      sumClear.refresh(mmu.supervisorTlb(false));
      sumSet.refresh(mmu.supervisorTlb(true));
    }
    if (inPlace) {
      user.refresh(mmu.userTlb());
      userJumps.refresh(mmu.ownCode(Privilege.USER).jumps);
      supervisorJumps.refresh(mmu.ownCode(Privilege.SUPERVISOR).jumps);
    }
  }

  private void decide() {
    known = true;
    sumChooses = mmu.sumChooses();
    state.putInt(StateBlock.SUM_CHOOSES, sumChooses ? 1 : 0);
    inPlace = hart.trapUnit.inPlace();
    state.putInt(StateBlock.TRAPS_READY, inPlace ? 1 : 0);
    if (inPlace) {
      state.put(StateBlock.KNOWN_PAGES, mmu.knownPages());
      state.put(StateBlock.LAST_EPOCH, mmu.lastEpoch());
      state.putInt(StateBlock.ZERO_USER, mayZero(Privilege.USER));
      state.putInt(StateBlock.ZERO_SUPERVISOR, mayZero(Privilege.SUPERVISOR));
    }
  }

  private int mayZero(int privilege) {
    return hart.environment.mayZeroBlocks(privilege) ? 1 : 0;
  }

  /** A TLB as the state block knows it. */
  private final class TlbCopy {
    private final int offset;
    private Tlb tlb;

    TlbCopy(int offset) {
      this.offset = offset;
    }

    void refresh(Tlb now) {
      if (now != tlb || now.epoch() != state.get(offset + StateBlock.EPOCH_OF_TLB)) {
        tlb = now;
        state.tlb(offset, now);
      }
    }
  }

  /** A jump cache as the state block knows it. */
  private final class JumpsCopy {
    private final int offset;
    private JumpCache jumps;
    private int mask;

    JumpsCopy(int offset) {
      this.offset = offset;
    }

    void refresh(JumpCache now) {
      if (now != jumps || now.mask() != mask) {
        jumps = now;
        mask = now.mask();
        state.jumps(offset, now);
      }
    }
  }
}
