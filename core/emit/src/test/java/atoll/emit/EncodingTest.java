package atoll.emit;

import static atoll.emit.X64Assembler.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Encodings worked out by hand from Intel's manual, volume 2: they hold where no objdump is. */
class EncodingTest {
  private static byte[] assemble(int origin, Consumer<X64Assembler> code) {
    X64Assembler a = new X64Assembler();
    a.begin(origin);
    code.accept(a);
    a.finish();
    return Arrays.copyOf(a.bytes(), a.size());
  }

  private static Arguments is(String hex, String meaning, Consumer<X64Assembler> code) {
    return Arguments.of(hex, meaning, code);
  }

  static List<Arguments> encodings() {
    return List.of(
        // Registers: REX.W, R and B; byte registers from SPL on need an empty REX.
        is("488bc1", "mov rax, rcx", a -> a.mov(RAX, RCX)),
        is("4d8bc7", "mov r8, r15", a -> a.mov(R8, R15)),
        is("8bdf", "mov ebx, edi", a -> a.mov32(RBX, RDI)),
        is("0f94c0", "sete al", a -> a.setcc(EQUAL, RAX)),
        is("400f94c6", "sete sil", a -> a.setcc(EQUAL, RSI)),
        is("410f94c1", "sete r9b", a -> a.setcc(EQUAL, R9)),
        // Memory: RSP and R12 take a SIB byte, RBP and R13 a displacement.
        is("488b03", "mov rax, [rbx]", a -> a.load(true, RAX, at(RBX, 0))),
        is("488b0424", "mov rax, [rsp]", a -> a.load(true, RAX, at(RSP, 0))),
        is("498b0424", "mov rax, [r12]", a -> a.load(true, RAX, at(R12, 0))),
        is("488b4500", "mov rax, [rbp+0]", a -> a.load(true, RAX, at(RBP, 0))),
        is("498b4500", "mov rax, [r13+0]", a -> a.load(true, RAX, at(R13, 0))),
        is("488b4380", "mov rax, [rbx-128]", a -> a.load(true, RAX, at(RBX, -128))),
        is("488b8380000000", "mov rax, [rbx+128]", a -> a.load(true, RAX, at(RBX, 128))),
        is("8b04c8", "mov eax, [rax+rcx*8]", a -> a.load(false, RAX, at(RAX, RCX, 3, 0))),
        is("4a8b4c6510", "mov rcx, [rbp+r12*2+16]", a -> a.load(true, RCX, at(RBP, R12, 1, 16))),
        is("4088342f", "mov [rdi+rbp], sil", a -> a.store8(at(RDI, RBP, 0, 0), RSI)),
        is("6645890a", "mov [r10], r9w", a -> a.store16(at(R10, 0), R9)),
        is(
            "48c74508ffffffff",
            "mov qword [rbp+8], -1",
            a -> a.storeImmediate(true, at(RBP, 8), -1)),
        // Constants: the shortest form.
        is("33c0", "xor eax, eax", a -> a.constant(RAX, 0)),
        is("41bb05000000", "mov r11d, 5", a -> a.constant(R11, 5)),
        is("48c7c2ffffffff", "mov rdx, -1", a -> a.constant(RDX, -1)),
        is("49b80000000001000000", "mov r8, 1<<32", a -> a.constant(R8, 1L << 32)),
        is("ba00000000", "mov edx, 0", a -> a.constantFixed(RDX, 0)),
        // Arithmetic: immediates of one byte where they fit.
        is("4883c07f", "add rax, 127", a -> a.aluImmediate(ADD, true, RAX, 127)),
        is("4881ef80000000", "sub rdi, 128", a -> a.aluImmediate(SUB, true, RDI, 128)),
        is("837d10ff", "cmp dword [rbp+16], -1", a -> a.aluImmediate(CMP, false, at(RBP, 16), -1)),
        is("48f7fe", "idiv rsi", a -> a.unary(IDIV, true, RSI)),
        is("c1e01f", "shl eax, 31", a -> a.shift(SHL, false, RAX, 31)),
        is("c4e2f1f7c3", "shlx rax, rbx, rcx", a -> a.shiftExtended(SHL, true, RAX, RBX, RCX)),
        is("f3480fbcc1", "tzcnt rax, rcx", a -> a.count(TZCNT, true, RAX, RCX)),
        is("480fbdc1", "bsr rax, rcx", a -> a.highestBit(true, RAX, RCX)),
        is("480fabc8", "bts rax, rcx", a -> a.bit(5, true, RAX, RCX)),
        // Atomics.
        is("f0480fc108", "lock xadd [rax], rcx", a -> a.lockXadd(true, at(RAX, 0), RCX)),
        is("f00fb111", "lock cmpxchg [rcx], edx", a -> a.lockCmpxchg(false, at(RCX, 0), RDX)),
        is("f0834c24f800", "lock or dword [rsp-8], 0", X64Assembler::storeFence),
        // Floating point: the mandatory prefix comes before REX.
        is("f20f58c1", "addsd xmm0, xmm1", a -> a.sse(FADD, true, 0, 1)),
        is("f3450f59c7", "mulss xmm8, xmm15", a -> a.sse(FMUL, false, 8, 15)),
        is("66480f6ec0", "movq xmm0, rax", a -> a.movToSse(true, 0, RAX)),
        is("f2480f2cc1", "cvttsd2si rax, xmm1", a -> a.toIntegerTruncated(true, true, RAX, 1)),
        is("c4e2f1a9c2", "vfmadd213sd xmm0, xmm1, xmm2", a -> a.fma(0xa9, true, 0, 1, 2)),
        is("0fae5508", "ldmxcsr [rbp+8]", a -> a.ldmxcsr(at(RBP, 8))),
        // Control.
        is("ffe0", "jmp rax", a -> a.jumpRegister(RAX)),
        is("ff6208", "jmp [rdx+8]", a -> a.jump(at(RDX, 8))),
        is("4157", "push r15", a -> a.push(R15)),
        is("8f8528010000", "pop [rbp+296]", a -> a.pop(at(RBP, 296))),
        is("c3", "ret", X64Assembler::ret));
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("encodings")
  void anInstructionIsEncodedAsInTheManual(
      String hex, String meaning, Consumer<X64Assembler> instruction) {
    assertThat(HexFormat.of().formatHex(assemble(0, instruction))).as(meaning).isEqualTo(hex);
  }

  @Test
  void aPlaceNamedByOffsetIsRelativeToTheEndOfItsInstruction() {
    assertThat(assemble(0x1000, a -> a.load(true, RAX, atOffset(0x2000))))
        .isEqualTo(HexFormat.of().parseHex("488b05f90f0000")); // 0x2000 - 0x1007
    assertThat(assemble(0x1000, a -> a.aluImmediate(CMP, false, atOffset(0x2000), 1)))
        .isEqualTo(HexFormat.of().parseHex("833df90f000001")); // the immediate counts
    assertThat(assemble(0x1000, a -> a.storeImmediate(false, atOffset(0x800), 1)))
        .isEqualTo(HexFormat.of().parseHex("c705f6f7ffff01000000")); // 0x800 - 0x100a
  }

  @Test
  void jumpsThatArePatchedHaveTheLengthsThatAreSaid() {
    assertThat(assemble(64, a -> a.jumpTo(64))).isEqualTo(HexFormat.of().parseHex("e9fbffffff"));
    assertThat(assemble(64, a -> a.callTo(0))).isEqualTo(HexFormat.of().parseHex("e8bbffffff"));
    assertThat(assemble(0, a -> a.jumpTo(LESS, 6)))
        .isEqualTo(HexFormat.of().parseHex("0f8c00000000"));
  }
}
