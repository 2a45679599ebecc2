package atoll.verify;

import java.util.ArrayList;
import java.util.List;

/** The idioms of pieces: what is safe only as a whole. */
final class PieceIdioms {
  /**
   * An access by the TLB's table, to the address in RAX. The entry that the address selects cannot
   * be an empty one if the address lies in its page.
   */
  static final int LOOK_UP = 0;

  /** The same for an access that must be aligned; its host address comes to be in RAX. */
  static final int LOOK_UP_ALIGNED = 1;

  /** An access by a slot; the instruction before has put its address into RAX. */
  static final int SLOT = 2;

  /** Goes to the program counter in RAX through the jump cache. */
  static final int DISPATCH = 3;

  /** A region's entry compares its slots' epoch with the TLB's. */
  static final int CHECK_EPOCH = 4;

  /** Has the region's slots filled, and goes elsewhere if they are. */
  static final int REFRESH = 5;

  /** Fills one slot from the TLB's table and goes back to its use; or on, if there is no entry. */
  static final int REFILL = 6;

  /** Divisions, which never trap. */
  static final int DIVIDE = 7;

  /** Sets MXCSR and the rounding mode from the value of {@code fcsr} in RCX. */
  static final int SET_ROUNDING = 8;

  /** RAX = RISC-V's flags, of MXCSR's in EAX. */
  static final int READ_FLAGS = 9;

  /** A fence: an atomic access to the stack that changes nothing. */
  static final int FENCE = 10;

  /** Has Java execute an instruction, and goes on elsewhere. */
  static final int SERVE = 11;

  /** The same, and goes on behind; or an exit that links. */
  static final int CALL_EXIT = 12;

  /** Leaves for good. */
  static final int LEAVE = 13;

  private static final String[] SELECT = {
    "8b c8", // mov ecx, eax
    "c1 e9 08", // shr ecx, 8
    "81 e1 f0 ff 03 00", // and ecx, 0x3fff0
    "48 03 8d ....", // add rcx, [rbp + TABLE]
    "48 8b d0" // mov rdx, rax
  };

  private static final List<Idiom> ALL =
      List.of(
          idiom(
              LOOK_UP,
              SELECT,
              "48 2b 11", // sub rdx, [rcx]
              "48 81 fa ....", // cmp rdx, 4096 - SIZE
              "0f 87 ....", // ja
              "48 8b 49 08"), // mov rcx, [rcx + 8]
          idiom(
              LOOK_UP_ALIGNED,
              SELECT,
              "48 81 e2 ....", // and rdx, -4096 | SIZE - 1
              "48 3b 11", // cmp rdx, [rcx]
              "0f 85 ....", // jne
              "48 03 41 08"), // add rax, [rcx + 8]
          new Idiom(
              SLOT,
              "48 2b 05 ....", // sub rax, [rip + SLOT]
              "48 81 f8 ....", // cmp rax, 4096 - SIZE
              "0f 87 ....", // ja
              "48 8b 0d ...."), // mov rcx, [rip + SLOT + 8]
          new Idiom(
              DISPATCH,
              "48 8b c8", // mov rcx, rax
              "48 c1 e9 0c", // shr rcx, 12
              "33 c8", // xor ecx, eax
              "23 8d ....", // and ecx, [rbp + JUMP_MASK]
              "48 8b 95 ....", // mov rdx, [rbp + JUMP_CACHE]
              "48 8d 14 ca", // lea rdx, [rdx + rcx * 8]
              "48 3b 02", // cmp rax, [rdx]
              "0f 85 ....", // jne
              "48 81 e0 00 f0 ff ff", // and rax, -4096
              "48 89 85 ....", // mov [rbp + PAGE_VA], rax
              "ff 62 08", // jmp [rdx + 8]
              "e9 ...."), // jmp
          new Idiom(
              CHECK_EPOCH,
              "48 8b 85 ....", // mov rax, [rbp + EPOCH]
              "48 3b 05 ....", // cmp rax, [rip + HEADER]
              "0f 85 ...."), // jne
          new Idiom(
              REFRESH,
              "48 8d 05 ....", // lea rax, [rip + HEADER]
              "e8 ....", // call
              "0f 83 ...."), // jae
          new Idiom(
              REFILL,
              "48 8d 15 ....", // lea rdx, [rip + SLOT]
              "e8 ....", // call
              "0f 82 ....", // jb
              "e9 ...."), // jmp
          new Idiom(
              DIVIDE,
              "48 85 c9", // test rcx, rcx
              "0f 84 ....", // je
              "48 83 f9 ff", // cmp rcx, -1
              "0f 84 ....", // je
              "48 99", // cqo
              "48 f7 f9"), // idiv rcx
          new Idiom(
              DIVIDE,
              "85 c9", // test ecx, ecx
              "0f 84 ....", // je
              "83 f9 ff", // cmp ecx, -1
              "0f 84 ....", // je
              "99", // cdq
              "f7 f9"), // idiv ecx
          new Idiom(
              DIVIDE,
              "48 85 c9", // test rcx, rcx
              "0f 84 ....", // je
              "33 d2", // xor edx, edx
              "48 f7 f1"), // div rcx
          new Idiom(
              DIVIDE,
              "85 c9", // test ecx, ecx
              "0f 84 ....", // je
              "33 d2", // xor edx, edx
              "f7 f1"), // div ecx
          new Idiom(
              SET_ROUNDING,
              "81 e1 ff 00 00 00", // and ecx, 0xff
              "8b 84 8d ....", // mov eax, [rbp + rcx * 4 + MXCSR_TABLE]
              "85 c0", // test eax, eax
              "0f 84 ....", // je
              "89 85 ....", // mov [rbp + MXCSR], eax
              "0f ae 95 ....", // ldmxcsr [rbp + MXCSR]
              "c1 e9 05", // shr ecx, 5
              "89 8d ...."), // mov [rbp + ROUNDING], ecx
          new Idiom(
              READ_FLAGS,
              "83 e0 3f", // and eax, 0x3f
              "48 0f b6 84 05 ...."), // movzx rax, byte [rbp + rax + FLAGS_TABLE]
          new Idiom(FENCE, "f0 83 4c 24 f8 00")); // lock or dword [rsp - 8], 0

  // These begin with a number, so that they are told apart by what comes behind it.

  private static final Idiom SERVING =
      new Idiom(
          SERVE, "b8 ....", // mov eax, CODE
          "e8 ....", // call
          "e9 ...."); // jmp

  private static final Idiom CALLING = new Idiom(CALL_EXIT, "b8 ....", "e8 ....");
  private static final Idiom LEAVING = new Idiom(LEAVE, "b8 ....", "e9 ....");

  private static final byte MOV_EAX = (byte) 0xb8;
  private static final byte CALL = (byte) 0xe8;
  private static final byte JUMP = (byte) 0xe9;

  /** By an instruction's first two bytes. */
  private static final Idiom[][] BY_START = new Idiom[1 << 16][];

  /** Bytes of the longest one. */
  static final int LONGEST = ALL.stream().mapToInt(Idiom::length).max().orElseThrow();

  static {
    for (Idiom idiom : ALL) {
      int start = start(idiom.begin(0), idiom.begin(1));
      Idiom[] known = BY_START[start] == null ? new Idiom[0] : BY_START[start];
      List<Idiom> more = new ArrayList<>(List.of(known));
      more.add(idiom);
      BY_START[start] = more.toArray(Idiom[]::new);
    }
  }

  private PieceIdioms() {}

  private static Idiom exit(byte[] code, int at) {
    byte second = code[at + 5];
    if (second == CALL) {
      return code[at + 10] == JUMP ? SERVING : CALLING;
    }
    return second == JUMP ? LEAVING : null;
  }

  private static int start(int first, int second) {
    return (first & 0xff) << 8 | second & 0xff;
  }

  private static Idiom idiom(int number, String[] begin, String... end) {
    List<String> instructions = new ArrayList<>(List.of(begin));
    instructions.addAll(List.of(end));
    return new Idiom(number, instructions.toArray(String[]::new));
  }

  /** The idiom that begins at a place, or null. */
  static Idiom at(byte[] code, int at) {
    if (code[at] == MOV_EAX) {
      return exit(code, at);
    }
    Idiom[] some = BY_START[start(code[at], code[at + 1])];
    if (some != null) {
      for (Idiom idiom : some) {
        if (idiom.matches(code, at)) {
          return idiom;
        }
      }
    }
    return null;
  }
}
