namespace MLNet.RandomPruning.Tool.Benchmarking;

/// <summary>
/// How repetitions are spread over a measurement: what is compared takes turns, and on each visit runs a few times in a row, the
/// first time not counted. What else the machine does in the meantime then hits all alike.
/// </summary>
internal static class Visits
{
    /// <summary>The repetitions of training steps on a visit.</summary>
    public const int Steps = 3;

    /// <summary>The repetitions of scoring a batch on a visit.</summary>
    public const int Batches = 6;

    /// <summary>The repetitions of scoring one image on a visit.</summary>
    public const int Images = 30;

    /// <summary>So many times more often than a batch is one image scored.</summary>
    public const int ImagesPerBatch = 10;

    /// <summary>The runs on a visit that come before those that count.</summary>
    public const int Untimed = 1;

    /// <summary>The number of counted runs of each visit.</summary>
    /// <param name="repetitions">How many there are in all.</param>
    /// <param name="onVisit">How many there are on each visit but the last, which takes what is left.</param>
    public static IEnumerable<int> Of(int repetitions, int onVisit)
    {
        for (int done = 0; done < repetitions; done += onVisit)
        {
            yield return Math.Min(onVisit, repetitions - done);
        }
    }
}
