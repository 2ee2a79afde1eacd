using System.Diagnostics;
using System.Globalization;
using MLNet.RandomPruning.Fuzz.Corpus;
using MLNet.RandomPruning.Fuzz.Mutation;

namespace MLNet.RandomPruning.Fuzz;

/// <summary>What became of a mutated file.</summary>
internal enum FuzzOutcome
{
    /// <summary>It was read as what the file that it was made of is read as.</summary>
    Same,

    /// <summary>It has a new digest, and was read as something else that is sound.</summary>
    Sound,

    /// <summary>It was refused, with the error that is promised.</summary>
    Refused,

    /// <summary>None of these, or at the price of too much memory.</summary>
    Failed,
}

/// <summary>What one case found.</summary>
/// <param name="Number">The number of the case.</param>
/// <param name="Mutant">The file.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Message">Why it was refused or failed; empty otherwise.</param>
/// <param name="Allocated">The bytes that reading it allocated.</param>
/// <param name="HonestBytes">The bytes that it may honestly take: those of the file that it was made of, and some more where it is longer; or its own where it is sound.</param>
/// <param name="Time">How long reading it took.</param>
internal sealed record FuzzResult(long Number, Mutant Mutant, FuzzOutcome Outcome, string Message, long Allocated, long HonestBytes, TimeSpan Time)
{
    public double AllocationRatio => (double)Allocated / HonestBytes;
}

/// <summary>Makes and judges cases.</summary>
internal sealed class FuzzCase(SeedCorpus corpus, long seed)
{
    /// <summary>How many times its honest size in memory reading a file may allocate.</summary>
    public const double MostAllocation = 2;

    // What a longer file than the one it was made of may honestly take for each byte more: text is read as bytes, as text of two bytes a
    // character and as numbers, weights are read as bytes and as numbers.
    private const int HonestBytesPerFurtherByte = 8;

    private const int LongestMessage = 1200;
    private const double UsesLoaded = 0.2, ReadsOneWay = 0.25;

    private readonly Mutator _mutator = new(corpus);

    /// <summary>Makes the file of a case.</summary>
    public Mutant Make(long number) => _mutator.Make(new FuzzRandom(seed, number));

    /// <summary>Reads a file, and judges what comes of it.</summary>
    public FuzzResult Judge(long number, Mutant mutant)
    {
        // Numbers of their own, so that a file that was kept is judged as it was.
        var random = new FuzzRandom(~seed, number);
        bool oneWay = random.Chance(ReadsOneWay), use = random.Chance(UsesLoaded);
        var target = mutant.Parents[0].Target;
        var stream = Seed.Open(mutant.File, oneWay);
        object? loaded = null;
        Exception? error = null;
        long started = Stopwatch.GetTimestamp(), before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            loaded = target.Load(stream);
        }
        catch (Exception thrown)
        {
            error = thrown;
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        var time = Stopwatch.GetElapsedTime(started);
        long honest = mutant.Parents.Where(parent => parent.Target == target)
            .Max(parent => parent.HonestBytes(oneWay) + HonestBytesPerFurtherByte * Math.Max(0, mutant.File.Length - parent.File.Length));
        var (outcome, message) = error is not null ? JudgeError(target, error) : JudgeLoaded(mutant, target, loaded!, use);

        // What is sound is an honest file of its own, where it takes more than the one that it was made of.
        if (allocated > MostAllocation * honest && outcome == FuzzOutcome.Sound && target.FileOf(loaded!) is { } own)
        {
            honest = Math.Max(honest, Seed.Measure(target, own, oneWay));
        }

        if (allocated > MostAllocation * honest)
        {
            (outcome, message) = (FuzzOutcome.Failed, $"{allocated} bytes were allocated, where {honest} are honest: {message}");
        }

        return new FuzzResult(number, mutant, outcome, message, allocated, honest, time);
    }

    private static (FuzzOutcome Outcome, string Message) JudgeError(FuzzTarget target, Exception error) =>
        !target.IsRefusal(error) ? (FuzzOutcome.Failed, error.ToString())
        : error.Message.Length is 0 or > LongestMessage || error.Message.Any(character => char.IsControl(character) || char.GetUnicodeCategory(character) == UnicodeCategory.Format) ? (FuzzOutcome.Failed, $"the message is not for people: {error.Message}")
        : (FuzzOutcome.Refused, error.Message);

    private static (FuzzOutcome Outcome, string Message) JudgeLoaded(Mutant mutant, FuzzTarget target, object loaded, bool use)
    {
        try
        {
            if (mutant.Parents.Any(parent => parent.Target == target && target.Difference(parent.Loaded, loaded) is null))
            {
                return (FuzzOutcome.Same, "");
            }

            return !mutant.IsSigned && target.HasDigest ? (FuzzOutcome.Failed, $"it was read as something else, though its digest was not made anew: {target.Difference(mutant.Parents[0].Loaded, loaded)}")
                : target.Fault(loaded, use) is { } fault ? (FuzzOutcome.Failed, fault)
                : (FuzzOutcome.Sound, "");
        }
        catch (Exception error)
        {
            return (FuzzOutcome.Failed, $"what was read cannot be used: {error}");
        }
    }
}
