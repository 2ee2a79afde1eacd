using MLNet.RandomPruning.Fuzz;
using MLNet.RandomPruning.Fuzz.Corpus;
using MLNet.RandomPruning.Fuzz.Mutation;
using MLNet.RandomPruning.Models;

namespace MLNet.RandomPruning.Tests.Models;

/// <summary>A small run of the fuzzing of model files, and whether what judges it sees what it is to see.</summary>
[TestClass]
public sealed class FuzzTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly SeedCorpus Corpus = new();

    [ClassCleanup]
    public static void RemoveCorpus() => Corpus.Dispose();

    [TestMethod]
    public void Mutated_files_are_refused_or_read_as_something_sound()
    {
        var (report, hanging) = new FuzzRun(Corpus, new FuzzSettings(Cases: 2000, Seed: 2, Threads: 1, Limit)).Run();
        Assert.IsNull(hanging);
        Assert.IsEmpty(report.Failures, string.Join(Environment.NewLine, report.Failures.Take(3).Select(failure => $"case {failure.Number}: {failure.Message}")));
        Assert.AreEqual(2000, report.Count);

        // Mutations that are all refused at the door would show nothing.
        Assert.IsGreaterThan(10, report.CountOf(FuzzOutcome.Same));
        Assert.IsGreaterThan(50, report.CountOf(FuzzOutcome.Sound));
        Assert.IsGreaterThan(1000, report.CountOf(FuzzOutcome.Refused));
    }

    [TestMethod]
    public void A_case_is_a_pure_function_of_its_seed_and_number()
    {
        using var other = new SeedCorpus();
        FuzzRun first = new(Corpus, new FuzzSettings(0, 5, 1, Limit)), second = new(other, new FuzzSettings(0, 5, 1, Limit)), another = new(Corpus, new FuzzSettings(0, 6, 1, Limit));
        int different = 0;
        for (int number = 199; number >= 0; number--)
        {
            byte[] file = first.Make(number).File;
            CollectionAssert.AreEqual(file, second.Make(number).File);
            different += file.AsSpan().SequenceEqual(another.Make(number).File) ? 0 : 1;
        }

        Assert.IsGreaterThan(190, different);
    }

    [TestMethod]
    public void Every_file_of_the_corpus_is_the_same_when_it_is_taken_apart_and_signed_anew()
    {
        foreach (var seed in Corpus.Seeds.Where(seed => seed.Target.HasDigest))
        {
            var document = SafetensorsDocument.Parse(seed.File);
            string? digest = document.Text(DocumentDigest.Key);
            document.Sign();
            Assert.AreEqual(digest, document.Text(DocumentDigest.Key), seed.Name);
            Assert.IsNull(seed.Target.Difference(seed.Loaded, seed.Target.Load(new MemoryStream(document.Write()))), seed.Name);
        }
    }

    [TestMethod]
    [DataRow("sound", nameof(FuzzOutcome.Same))]
    [DataRow("damaged", nameof(FuzzOutcome.Refused))]
    [DataRow("crash", nameof(FuzzOutcome.Failed))]
    [DataRow("hungry", nameof(FuzzOutcome.Failed))]
    [DataRow("hungry and damaged", nameof(FuzzOutcome.Failed))]
    [DataRow("another", nameof(FuzzOutcome.Failed))]
    [DataRow("another, signed", nameof(FuzzOutcome.Sound))]
    [DataRow("faulty, signed", nameof(FuzzOutcome.Failed))]
    [DataRow("unusable, signed", nameof(FuzzOutcome.Failed))]
    [DataRow("control", nameof(FuzzOutcome.Failed))]
    [DataRow("endless message", nameof(FuzzOutcome.Failed))]
    public void The_judge_sees_what_is_wrong(string kind, string expected)
    {
        var seed = new Seed("fake", new FakeTarget(), FakeTarget.File("sound"), [], weight: 1);
        var result = new FuzzCase(Corpus, 1).Judge(0, new Mutant(FakeTarget.File(kind), [seed], kind.EndsWith("signed", StringComparison.Ordinal), ""));
        Assert.AreEqual(expected, result.Outcome.ToString(), result.Message);
    }

    // Does what the first bytes of a file name.
    private sealed class FakeTarget : FuzzTarget
    {
        private const int Length = 1000;

        public override string Name => "fake";

        public static byte[] File(string kind)
        {
            byte[] file = new byte[Length];
            System.Text.Encoding.ASCII.GetBytes(kind, file);
            return file;
        }

        public override object Load(Stream stream)
        {
            byte[] file = new byte[Length];
            stream.ReadExactly(file);
            string kind = System.Text.Encoding.ASCII.GetString(file).TrimEnd('\0');
            byte[] memory = new byte[kind.StartsWith("hungry", StringComparison.Ordinal) ? 40_000 : 4000];
            return kind switch
            {
                "damaged" or "hungry and damaged" => throw new InvalidDataException("It is damaged."),
                "control" => throw new InvalidDataException("It is \a damaged."),
                "endless message" => throw new InvalidDataException(new string('x', memory.Length)),
                "crash" => throw new InvalidOperationException(),
                "hungry" => "sound",
                _ => kind,
            };
        }

        public override string? Difference(object left, object right) => Equals(left, right) ? null : "it differs";

        public override string? Fault(object loaded, bool use) => (string)loaded switch
        {
            "faulty, signed" => "it is faulty",
            "unusable, signed" => throw new InvalidOperationException(),
            _ => null,
        };
    }
}
