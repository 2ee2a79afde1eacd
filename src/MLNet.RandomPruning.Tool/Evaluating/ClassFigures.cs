namespace MLNet.RandomPruning.Tool.Evaluating;

/// <summary>Counts which class each image was taken for.</summary>
/// <param name="Matrix">How many images of a class (row) were taken for a class (column).</param>
/// <param name="TopK">For k = 1, 2, …: the share of images whose class is among the k most probable; of equal logits the first counts as the larger.</param>
internal sealed record ClassFigures(IReadOnlyList<long[]> Matrix, IReadOnlyList<double> TopK)
{
    private const int LargestK = 5;

    public long Count => Matrix.Sum(row => row.Sum());

    public double Accuracy => (double)Matrix.Select((row, label) => row[label]).Sum() / Count;

    /// <summary>Counts.</summary>
    /// <param name="logits">The logits, row-major [images, classes].</param>
    /// <param name="labels">The zero-based class of each image.</param>
    /// <param name="classCount">The number of classes.</param>
    public static ClassFigures Of(ReadOnlySpan<float> logits, ReadOnlySpan<int> labels, int classCount)
    {
        var matrix = Enumerable.Range(0, classCount).Select(_ => new long[classCount]).ToArray();
        var hits = new long[Math.Min(LargestK, classCount)];
        for (int row = 0; row < labels.Length; row++)
        {
            var scores = logits.Slice(row * classCount, classCount);
            int label = labels[row], predicted = 0, rank = 0;
            for (int index = 0; index < classCount; index++)
            {
                predicted = scores[index] > scores[predicted] ? index : predicted;
                rank += scores[index] > scores[label] || (scores[index] == scores[label] && index < label) ? 1 : 0;
            }

            matrix[label][predicted]++;
            for (int k = rank; k < hits.Length; k++)
            {
                hits[k]++;
            }
        }

        long count = labels.Length;
        return new ClassFigures(matrix, [.. hits.Select(hit => (double)hit / count)]);
    }

    /// <summary>The figures of each class.</summary>
    public IReadOnlyList<ClassResult> Classes(IReadOnlyList<string> names) =>
        [.. Matrix.Select((row, label) => new ClassResult(
            names[label], row.Sum(), Share(row[label], row.Sum()), Share(row[label], Matrix.Sum(other => other[label]))))];

    private static double? Share(long part, long all) => all == 0 ? null : (double)part / all;
}
