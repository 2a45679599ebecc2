package atoll.verify;

import static atoll.verify.CodeLabels.CALLED;
import static atoll.verify.CodeLabels.SLOTS;
import static atoll.verify.InstructionDecoder.*;

import atoll.verify.StateLayout.Places;
import java.util.Arrays;

/**
 * Proves that a piece of x86-64 code keeps to its own memory and leaves to known places only, from
 * its bytes alone. It is gone through once, from its first byte to its last.
 *
 * <p>What is known of registers ({@link GuestAddresses}) begins with an idiom that compares the
 * guest's address with a tag, and holds only straight on from there: not behind a call, and not
 * where a jump leads. So there is nothing to be joined at labels but what {@link CodeLabels} keeps.
 *
 * <p>Not thread-safe; reuses its memory.
 */
final class PieceVerifier implements PieceProof {
  private static final int PAGE = 4096;
  private static final int BLOCK = 64;

  /** Bytes of {@code and rax, -64}. */
  private static final int ALIGN_BYTES = 4;

  /** Bytes at an entry that are overwritten when its code is dropped. */
  static final int HEAD = 10;

  /** Bytes of a jump. */
  private static final int JUMP_BYTES = 5;

  /** The opcode, behind 0f, of a branch that is taken if the carry flag is set. */
  private static final int BELOW = 0x82;

  private static final int NEVER = -1;

  private final StateLayout state;
  private final Places places;
  private final ExitCodes exits;
  private final EntryPoints entries;
  private final InstructionDecoder in = new InstructionDecoder();
  final CodeLabels labels = new CodeLabels();
  private Routines routines;

  // The piece in hand.
  private byte[] code = new byte[0];
  private int size;
  private int origin;
  private SlotTable slots;

  /** Of the piece in hand, or that was verified last. */
  final PieceReferences found = new PieceReferences();

  /** Where the instruction in hand begins, and where the next one does. */
  private int at;

  private int next;

  /** What {@link CodeLabels} says of this place; control comes here from the one before. */
  private int holds;

  private boolean goesOn;

  /** The place behind a call that may have switched tables, and what held before. */
  private int switchedBefore;

  private int heldBefore;

  // RAX holds this register plus a constant, since the instruction at a place before this one.
  private int copied = NEVER;
  private int copiedFrom;
  private int copiedBase;
  private int copiedOffset;

  /** The place behind {@code and rax, -64}. */
  private int alignedBefore = NEVER;

  private final GuestAddresses known = new GuestAddresses();

  PieceVerifier(StateLayout state, ExitCodes exits, EntryPoints entries) {
    this.state = state;
    places = state.places;
    this.exits = exits;
    this.entries = entries;
  }

  @Override
  public void routines(Routines known) {
    routines = known;
  }

  @Override
  public byte[] code() {
    return code;
  }

  @Override
  public PieceReferences found() {
    return found;
  }

  @Override
  public void verify(
      byte[] bytes, int length, int where, int[] entry, int entryCount, SlotTable table) {
    if (code.length < length + PieceIdioms.LONGEST) {
      code = new byte[2 * length + PieceIdioms.LONGEST];
    }
    System.arraycopy(bytes, 0, code, 0, length);
    Arrays.fill(code, length, length + PieceIdioms.LONGEST, (byte) 0);
    size = length;
    origin = where;
    slots = table;
    found.clear();
    labels.begin(length + 1);
    at = 0;
    for (int i = 0; i < entryCount; i++) {
      enter(entry[i] - where);
    }
    goThrough();
  }

  private void enter(int place) {
    if (place < 0 || place + HEAD > size || !labels.await(place, 0)) {
      throw refuse("no place for an entry: " + place);
    }
    labels.close(place, place + HEAD - 1);
    found.entries.add(place);
  }

  private void goThrough() {
    goesOn = false;
    holds = 0;
    forget();
    for (at = 0; at < size; at = next) {
      arrive();
      Idiom idiom = PieceIdioms.at(code, at);
      if (idiom != null) {
        next = at + idiom.length();
        idiom(idiom);
      } else {
        in.decode(code, at);
        next = at + in.length;
        instruction();
      }
      if (next > size) {
        throw refuse("an instruction behind the end");
      }
    }
    if (goesOn) {
      throw refuse("the code does not end");
    }
    if (!labels.complete()) {
      throw refuse("a jump into an instruction");
    }
  }

  /** What holds here. Where nothing has led to yet, that is assumed which jumps back must keep. */
  private void arrive() {
    int mark = labels.mark(at);
    if (CodeLabels.isTarget(mark)) {
      int there = mark & CodeLabels.HOLDS;
      if (goesOn && ((there ^ holds) & CALLED) != 0) {
        throw refuse("two depths of the stack");
      }
      holds = goesOn ? there & holds : there;
      forget();
    } else if (!goesOn) {
      holds = slots == null ? 0 : SLOTS;
      forget();
    }
    goesOn = true;
    labels.reached(at, mark, holds);
  }

  private void forget() {
    known.forget();
    switchedBefore = NEVER;
    copied = NEVER;
    alignedBefore = NEVER;
  }

  private RefusedCodeException refuse(String rule) {
    return RefusedCodeException.in(code, size, origin, at, rule);
  }

  private void require(boolean condition, String rule) {
    if (!condition) {
      throw refuse(rule);
    }
  }

  // ------------------------------------------------------------ single instructions

  private void instruction() {
    switch (in.action) {
      case InstructionForms.NONE -> {}
      case InstructionForms.TO_REG -> {
        read();
        write(in.reg);
      }
      case InstructionForms.READ -> read();
      case InstructionForms.TO_RM -> toRm(StateLayout.READ | StateLayout.WRITE);
      case InstructionForms.STORE -> toRm(StateLayout.WRITE);
      case InstructionForms.EXCHANGE -> {
        access(StateLayout.READ | StateLayout.WRITE);
        write(in.reg);
      }
      case InstructionForms.COMPARE_EXCHANGE -> {
        access(StateLayout.READ | StateLayout.WRITE);
        write(RAX);
      }
      case InstructionForms.ARITHMETIC -> arithmetic();
      case InstructionForms.UNARY -> unary();
      case InstructionForms.TO_RDX -> write(RDX);
      case InstructionForms.TO_LOW -> write(in.rm);
      case InstructionForms.LEA -> lea();
      case InstructionForms.MOVE -> move();
      case InstructionForms.MXCSR -> mxcsr();
      case InstructionForms.JUMP -> jump();
      case InstructionForms.CALL -> call();
      case InstructionForms.BRANCH -> conditional();
      case InstructionForms.RETURN -> {
        require((holds & CALLED) != 0, "a return outside of a subroutine");
        goesOn = false;
      }
      default -> throw refuse("no instruction of translated code");
    }
  }

  private void read() {
    if (in.memory) {
      access(StateLayout.READ);
    }
  }

  private void toRm(int rights) {
    if (in.memory) {
      access(rights);
    } else {
      write(in.rm);
    }
  }

  private void write(int register) {
    if ((register & ~1) == RSP) {
      throw refuse("RSP or RBP is written");
    }
    known.write(register);
  }

  private void access(int rights) {
    if (in.base == RBP) {
      require(
          in.index < 0 && state.permits(in.displacement, in.size, rights),
          "a field of the state block");
    } else {
      int since = known.since(in, rights);
      require(since >= 0, "an access that was not looked up");
      labels.close(since, at);
    }
  }

  private static final int COMPARE = 7;
  private static final int AND = 4;

  private void arithmetic() {
    if (in.reg == COMPARE) {
      read();
      return;
    }
    toRm(StateLayout.READ | StateLayout.WRITE);
    if (in.reg == AND
        && in.immediate == -BLOCK
        && in.wide
        && !in.memory
        && in.rm == RAX
        && in.length == ALIGN_BYTES) {
      alignedBefore = next;
    }
  }

  private static final int NEGATE = 3;

  private void unary() {
    if (in.reg > NEGATE) { // a product in RDX:RAX
      write(RAX);
      write(RDX);
    } else if (in.reg != 0) {
      write(in.rm);
    }
  }

  private void lea() {
    write(in.reg);
    if (in.reg == RAX && in.wide && in.index < 0) {
      copied(in.base, in.displacement);
    }
  }

  private void move() {
    if (in.memory) {
      access(StateLayout.READ);
      write(in.reg);
      return;
    }
    boolean host = in.wide && known.isHost(in.rm);
    write(in.reg);
    if (host) {
      known.copy(in.reg);
    }
    if (in.reg == RAX && in.wide) {
      copied(in.rm, 0);
    }
  }

  private void copied(int register, int constantOffset) {
    copied = next;
    copiedFrom = at;
    copiedBase = register;
    copiedOffset = constantOffset;
  }

  private void mxcsr() {
    require(in.base == RBP && in.index < 0 && in.displacement == places.mxcsr(), "MXCSR's place");
  }

  // ------------------------------------------------------------ control

  /** A jump inside the piece. */
  private void leadTo(int target, int held) {
    require(target >= 0 && target < size, "a jump out of the piece");
    if (target > at) {
      require(target >= next && labels.await(target, held), "a jump forward");
    } else {
      require(labels.leadsBack(target, held), "a jump back");
      forget(); // or it could lead to between here and the beginning of what is known
    }
  }

  private void jump() {
    int target = next + in.immediate;
    if (isInside(target)) {
      leadTo(target, holds);
    } else {
      require((holds & CALLED) == 0, "leaves from a subroutine");
      require(entries.isEntry(origin + target), "leads to no entry");
    }
    goesOn = false;
  }

  private boolean isInside(int target) {
    return target >= 0 && target < size;
  }

  private void call() {
    require((holds & CALLED) == 0, "a call in a subroutine");
    int target = next + in.immediate;
    if (isInside(target)) {
      leadTo(target, CALLED);
      forget();
      return;
    }
    found.calls.add(next - Integer.BYTES);
    if (routines.switching().contains(origin + target)) {
      forget();
      switchedBefore = next;
      heldBefore = holds;
      holds &= ~SLOTS;
    } else {
      require(routines.others().contains(origin + target), "calls no subroutine");
      forget();
    }
  }

  /** Tables that were to be switched are still in use where the subroutine has refused to. */
  private void conditional() {
    boolean refused = switchedBefore == at && in.opcode == BELOW;
    if (refused) {
      labels.close(at - 1, at);
    }
    leadTo(next + in.immediate, refused ? heldBefore : holds);
  }

  // ------------------------------------------------------------ idioms

  private void idiom(Idiom idiom) {
    switch (idiom.number) {
      case PieceIdioms.LOOK_UP -> lookUp(idiom);
      case PieceIdioms.LOOK_UP_ALIGNED -> lookUpAligned(idiom);
      case PieceIdioms.SLOT -> slot(idiom);
      case PieceIdioms.DISPATCH -> dispatch(idiom);
      case PieceIdioms.CHECK_EPOCH -> checkEpoch(idiom);
      case PieceIdioms.REFRESH -> refresh(idiom);
      case PieceIdioms.REFILL -> refill(idiom);
      case PieceIdioms.DIVIDE -> divide(idiom);
      case PieceIdioms.SET_ROUNDING -> setRounding(idiom);
      case PieceIdioms.READ_FLAGS -> {
        require(value(idiom, 0) == places.flagsTable(), "the table of flags");
        write(RAX);
      }
      case PieceIdioms.SERVE -> serve(idiom);
      case PieceIdioms.CALL_EXIT -> callExit(reason(idiom));
      case PieceIdioms.LEAVE -> leave(idiom);
      default -> {} // a fence
    }
  }

  private int value(Idiom idiom, int field) {
    return idiom.value(code, at, field);
  }

  /** The place in this piece, or relative to it, that a field leads to. */
  private int place(Idiom idiom, int field) {
    return idiom.behind(at, field) + value(idiom, field);
  }

  /** The subroutine that a field leads to. */
  private int routine(Idiom idiom, int field) {
    found.calls.add(idiom.behind(at, field) - Integer.BYTES);
    return origin + place(idiom, field);
  }

  /** The place in the data that a field leads to. */
  private int datum(Idiom idiom, int field) {
    found.data.add(idiom.behind(at, field) - Integer.BYTES);
    return origin + place(idiom, field);
  }

  private void branch(Idiom idiom, int field) {
    leadTo(place(idiom, field), holds);
  }

  private boolean isForStores(int table) {
    require(table == places.loads() || table == places.stores(), "a table");
    return table == places.stores();
  }

  private int room(int most) {
    require(most >= 0 && most < PAGE, "a comparison with a tag");
    return PAGE - most;
  }

  private void lookUp(Idiom idiom) {
    branch(idiom, 2);
    write(RCX);
    write(RDX);
    known.sum(at, RAX, 0, room(value(idiom, 1)), isForStores(value(idiom, 0)));
  }

  private void lookUpAligned(Idiom idiom) {
    boolean block = alignedBefore == at;
    int from = block ? at - ALIGN_BYTES : at;
    labels.close(from, at);
    branch(idiom, 2);
    int low = value(idiom, 1) ^ -PAGE;
    require(low == 0 || low == 3 || low == 7, "a comparison with a tag");
    write(RCX);
    write(RDX);
    write(RAX);
    known.inRax(from, block ? BLOCK : low + 1, isForStores(value(idiom, 0)));
  }

  private void slot(Idiom idiom) {
    require((holds & SLOTS) != 0, "a slot of an unknown epoch");
    require(copied == at && copiedBase > RCX && (copiedBase & ~1) != RSP, "a slot's address");
    int place = datum(idiom, 0);
    int number = slotAt(place);
    require(datum(idiom, 3) == place + 8, "another slot's addend");
    labels.close(copiedFrom, at);
    branch(idiom, 2);
    write(RAX);
    write(RCX);
    known.sum(
        copiedFrom, copiedBase, copiedOffset, room(value(idiom, 1)), slots.isForStores(number));
  }

  private int slotAt(int place) {
    int number = slots == null ? -1 : slots.slot(place);
    require(number >= 0, "no slot of the region");
    return number;
  }

  private void isHeader(int place) {
    require(slots != null && place == slots.offset(), "not the region's epoch");
  }

  private void dispatch(Idiom idiom) {
    require((holds & CALLED) == 0, "leaves from a subroutine");
    require(value(idiom, 0) == places.jumpMask(), "the jump cache's mask");
    require(value(idiom, 1) == places.jumpCache(), "the jump cache");
    require(value(idiom, 3) == places.pageVa(), "the page's address");
    require(place(idiom, 2) == next - JUMP_BYTES, "a miss in the jump cache");
    require(routine(idiom, 4) == routines.lookUpAgain(), "a miss in the jump cache");
    goesOn = false;
  }

  private void checkEpoch(Idiom idiom) {
    require(value(idiom, 0) == places.epoch(), "the TLB's epoch");
    isHeader(datum(idiom, 1));
    branch(idiom, 2);
    write(RAX);
    holds |= SLOTS;
  }

  private void refresh(Idiom idiom) {
    isHeader(datum(idiom, 0));
    require((holds & CALLED) == 0, "a call in a subroutine");
    require(routine(idiom, 1) == routines.fillSlots(), "does not fill the slots");
    forget();
    holds &= ~SLOTS; // some of them may be filled
    branch(idiom, 2);
  }

  private void refill(Idiom idiom) {
    require((holds & SLOTS) != 0, "a slot of an unknown epoch");
    require((holds & CALLED) == 0, "a call in a subroutine");
    boolean stores = slots.isForStores(slotAt(datum(idiom, 0)));
    require(
        (stores ? routines.refillStores() : routines.refillLoads()).contains(routine(idiom, 1)),
        "a slot of the other kind");
    branch(idiom, 2);
    branch(idiom, 3);
    goesOn = false;
  }

  /** Why an exit is taken that is called. */
  private int reason(Idiom idiom) {
    require((holds & CALLED) == 0, "leaves from a subroutine");
    require(routine(idiom, 1) == routines.exitResumably(), "an exit");
    return value(idiom, 0) & exits.mask();
  }

  private void serve(Idiom idiom) {
    int reason = reason(idiom);
    if (exits.resumes(reason)) {
      branch(idiom, 2);
      goesOn = false;
    } else { // an exit that links, and then something else
      next = at + HEAD;
      callExit(reason);
    }
  }

  private void callExit(int reason) {
    if (exits.resumes(reason)) {
      require(labels.isOpen(next), "an exit into the head of an entry");
    } else {
      require(reason == exits.link(), "an exit's reason");
      found.links.add(at);
      goesOn = false;
    }
    forget();
  }

  private void leave(Idiom idiom) {
    int target = place(idiom, 1);
    if (isInside(target)) {
      leadTo(target, holds);
    } else {
      require((holds & CALLED) == 0, "leaves from a subroutine");
      require(routine(idiom, 1) == routines.exit(), "an exit");
      int reason = value(idiom, 0) & exits.mask();
      require(reason == exits.budget() || reason == exits.refresh(), "an exit's reason");
    }
    goesOn = false;
  }

  private void divide(Idiom idiom) {
    for (int i = 0; i < idiom.fields(); i++) {
      branch(idiom, i);
    }
    write(RAX);
    write(RDX);
  }

  private void setRounding(Idiom idiom) {
    require(value(idiom, 0) == places.mxcsrTable(), "the table of MXCSR");
    require(value(idiom, 2) == places.mxcsr(), "MXCSR's place");
    require(value(idiom, 3) == places.mxcsr(), "MXCSR's place");
    require(value(idiom, 4) == places.rounding(), "the rounding mode");
    branch(idiom, 1);
    write(RAX);
    write(RCX);
  }
}
