package atoll.engine.translate;

import atoll.engine.hart.SoftHart;
import atoll.engine.hart.StateBlock;
import atoll.engine.mmu.FetchTlb;
import atoll.engine.mmu.Mmu;
import atoll.engine.mmu.Tlb;
import atoll.engine.target.FloatControl;

/**
 * What a hart's state block was last told of the hart's modes and translations. Before translated
 * code runs, it is told what has changed; afterwards the hart is told what that code has changed.
 */
final class StateMirror {
  private final SoftHart hart;
  private final Mmu mmu;
  private final StateBlock state;
  private final FloatControl floats;

  private Tlb data;
  private FetchTlb code;
  private int jumpMask;
  private long floatState = -1;
  private int flags;
  private int rounding;
  private int control;
  private final ModeMirror modes;
  private long status = -1;
  private int privilege = -1;
  private boolean virtual;

  StateMirror(SoftHart hart, FloatControl floats) {
    this.hart = hart;
    this.floats = floats;
    mmu = hart.mmu;
    state = hart.state;
    modes = new ModeMirror(hart);
    floats.begin(state);
  }

  /** Tells the state block what has changed. */
  void refresh() {
    if (!sameTlb()) {
      knowTlb();
      state.tlb(StateBlock.TLB_READ, data);
    }
    if (hart.mstatus != status || hart.privilege != privilege || hart.virtual != virtual) {
      status = hart.mstatus;
      privilege = hart.privilege;
      virtual = hart.virtual;
      state.put(StateBlock.STATUS, status);
      state.putInt(StateBlock.PRIVILEGE, privilege);
      state.putInt(StateBlock.ZERO_READY, hart.environment.mayZeroBlocks() ? 1 : 0);
      modes.forget();
      refreshFloat();
    } else if (hart.flags.bits != flags || hart.roundingMode != rounding || virtual) {
      refreshFloat();
    }
    if (mmu.code != code || code.jumps.mask() != jumpMask) {
      knowCode();
      state.put(StateBlock.JUMP_CACHE, code.jumps.address);
      state.putInt(StateBlock.JUMP_MASK, jumpMask);
      modes.forget();
    }
    modes.refresh();
  }

  /** A virtual hart's floating point also depends on a status that is not in force. */
  private void refreshFloat() {
    long now = floatState();
    if (now != floatState) {
      knowFloat();
      boolean known = floats.rounds(rounding);
      control = floats.word(known ? rounding : 0, flags);
      state.floatMode(hart.floatDirty(), hart.floatDirtyOutside(), rounding, known, control);
    }
  }

  private void knowFloat() {
    flags = hart.flags.bits;
    rounding = hart.roundingMode;
    floatState = floatState();
  }

  /** What {@link StateBlock#floatMode} depends on. */
  private long floatState() {
    return (long) hart.flags.bits << 5
        | (long) hart.roundingMode << 2
        | (hart.floatDirty() ? 2 : 0)
        | (hart.floatDirtyOutside() ? 1 : 0);
  }

  /** Whether the hart's loads and stores use the translations that the state block knows. */
  boolean sameTlb() {
    return mmu.data == data && (modes.sameEpochs() || data.epoch() == state.get(StateBlock.EPOCH));
  }

  private void knowTlb() {
    data = mmu.data;
  }

  private void knowCode() {
    code = mmu.code;
    jumpMask = code.jumps.mask();
  }

  /** Something has been executed that may decide which modes translated code may go to. */
  void forgetModes() {
    modes.forget();
  }

  /** Tells the hart what translated code has changed. */
  void take() {
    if (state.get(StateBlock.STATUS) != status || state.getInt(StateBlock.PRIVILEGE) != privilege) {
      takeStatus();
    }
    if (state.getInt(StateBlock.FLOAT_CONTROL) != control) {
      takeFloat();
    }
  }

  private void takeStatus() {
    status = state.get(StateBlock.STATUS);
    privilege = state.getInt(StateBlock.PRIVILEGE);
    hart.mstatus = status;
    hart.privilege = privilege;
    hart.updateTranslation();
    knowTlb();
    knowCode();
    knowFloat();
  }

  /** What it has raised, or changed of {@code fcsr}. */
  private void takeFloat() {
    control = state.getInt(StateBlock.FLOAT_CONTROL);
    hart.flags.bits = floats.flags(control);
    hart.roundingMode = state.getInt(StateBlock.ROUNDING);
    knowFloat();
  }

  /** Finds out whether translated code may enable interrupts by itself. */
  void updateHint() {
    boolean pending = (hart.interrupts.pending() & hart.mie) != 0;
    state.putInt(StateBlock.HINT, pending ? 1 : 0);
  }
}
