package atoll.tests;

import atoll.engine.software.Interpreter;
import atoll.engine.translate.TranslatedPieces;
import atoll.host.HostMemory;
import atoll.verify.CodePiece;
import atoll.verify.MutantRun;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Mutants of translated code, to see that what the verifier accepts never leaves its memory.
 *
 * <pre>
 * Mutants [SEED [MUTANTS [FILE...]]]     of lock-step programs, or of what is in files, guest code or not
 * </pre>
 */
public final class Mutants {
  private static final int PROGRAMS = 4;
  private static final int PAGE = 4096;
  private static final long STEP = 1_000_000;

  private Mutants() {}

  public static void main(String[] args) throws IOException {
    long seed = args.length > 0 ? Long.decode(args[0]) : 1;
    long wanted = args.length > 1 ? Long.parseLong(args[1]) : 100_000_000;
    List<Path> files = List.of(args).stream().skip(2).map(Path::of).toList();
    MutantRun run = files.isEmpty() ? ofPrograms(seed) : ofFiles(files);
    for (long done = 0; done < wanted && run.escapes().isEmpty(); done += STEP) {
      run.run(seed + done, Math.min(STEP, wanted - done));
      System.out.printf(
          "%,d mutants of %,d pieces, %,d accepted and executed, %d escaped; of those refused %.0f %%%n",
          run.mutants(),
          run.pieces(),
          run.accepted(),
          run.escapes().size(),
          100 * run.refusedThatEscape());
    }
    run.escapes().forEach(System.out::println);
    System.exit(run.escapes().isEmpty() ? 0 : 1);
  }

  /** Of programs that have every instruction. */
  static MutantRun ofPrograms(long seed) {
    try (TranslatedPieces translated = new TranslatedPieces()) {
      for (int i = 0; i < PROGRAMS; i++) {
        try (LockStepMachine machine = new LockStepMachine(new Interpreter())) {
          HotProgram.load(seed + i, machine, machine);
          translated.all(machine.host(), LockStepMachine.SIZE);
        }
      }
      return of(translated);
    }
  }

  private static MutantRun ofFiles(List<Path> files) throws IOException {
    try (TranslatedPieces translated = new TranslatedPieces()) {
      for (Path file : files) {
        byte[] bytes = Files.readAllBytes(file);
        try (HostMemory memory =
            HostMemory.allocate((bytes.length + PAGE - 1) / PAGE * (long) PAGE)) {
          MemorySegment.copy(MemorySegment.ofArray(bytes), 0, memory.segment(), 0, bytes.length);
          translated.all(memory.address(), bytes.length);
        }
      }
      return of(translated);
    }
  }

  private static MutantRun of(TranslatedPieces translated) {
    List<CodePiece> pieces = translated.pieces();
    return new MutantRun(pieces, translated.shared());
  }
}
