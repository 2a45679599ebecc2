package atoll.emit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The reference: binutils' objdump, where it knows x86-64. */
final class Disassembler {
  private static final String MACHINE = "i386:x86-64";
  private static final Pattern LINE = Pattern.compile("\\s*([0-9a-f]+):\\s+(.+)");
  private static final Pattern RELATIVE =
      Pattern.compile("(.*)\\[rip\\+0x[0-9a-f]+\\](.*?)\\s+# 0x([0-9a-f]+)");

  private Disassembler() {}

  static boolean available() throws InterruptedException {
    try {
      return run("objdump", "-i").contains("elf64-x86-64");
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * The instructions of some code by their places, in Intel's syntax; what is addressed relative to
   * the instruction is shown by its place.
   */
  static Map<Integer, String> disassemble(byte[] code, int origin, Path folder)
      throws IOException, InterruptedException {
    Path file = Files.write(folder.resolve("code"), code);
    String text =
        run(
            "objdump",
            "-D",
            "-w",
            "-b",
            "binary",
            "-m",
            MACHINE,
            "-M",
            "intel",
            "--no-show-raw-insn",
            "--adjust-vma=" + origin,
            file.toString());
    Map<Integer, String> lines = new TreeMap<>();
    text.lines()
        .map(LINE::matcher)
        .filter(Matcher::matches)
        .forEach(m -> lines.put(Integer.parseInt(m.group(1), 16), normal(m.group(2))));
    return lines;
  }

  private static String normal(String instruction) {
    Matcher relative = RELATIVE.matcher(instruction);
    String text =
        relative.matches()
            ? relative.group(1) + "[0x" + relative.group(3) + "]" + relative.group(2)
            : instruction;
    return text.strip().replaceAll("\\s+", " ");
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int code = process.waitFor();
    if (code != 0) {
      throw new IOException("objdump ended with " + code + ": " + output);
    }
    return output;
  }
}
