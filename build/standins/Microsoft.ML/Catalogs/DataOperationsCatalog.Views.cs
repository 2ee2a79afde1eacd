using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

public sealed partial class DataOperationsCatalog
{
    /// <summary>What splits use when neither they nor the context have a seed.</summary>
    private const int DefaultSplitSeed = 42;

    public IDataView Cache(IDataView input, params string[] columnsToPrefetch)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new CacheView(input, columnsToPrefetch ?? Array.Empty<string>());
    }

    public IDataView ShuffleRows(IDataView input, int? seed = null, int shufflePoolSize = 1000, bool shuffleSource = true)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (shufflePoolSize <= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(shufflePoolSize), shufflePoolSize, "Must be positive");
        }

        return new ShuffleView(input, seed ?? _env.Register(nameof(ShuffleRows)).Rand.Next(), shufflePoolSize, shuffleSource);
    }

    public IDataView SkipRows(IDataView input, long count)
    {
        ArgumentNullException.ThrowIfNull(input);
        CheckCount(count);
        return new SkipTakeView(input, count, long.MaxValue);
    }

    public IDataView TakeRows(IDataView input, long count)
    {
        ArgumentNullException.ThrowIfNull(input);
        CheckCount(count);
        return new SkipTakeView(input, 0, count);
    }

    public TrainTestData TrainTestSplit(IDataView data, double testFraction = 0.1, string samplingKeyColumnName = null, int? seed = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (!(testFraction > 0 && testFraction < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(testFraction), testFraction, "Must be between 0 and 1 exclusive");
        }

        return Split(data, SamplingKey(data, samplingKeyColumnName), SplitSeed(seed), 0, testFraction);
    }

    public IReadOnlyList<TrainTestData> CrossValidationSplit(IDataView data, int numberOfFolds = 5, string samplingKeyColumnName = null, int? seed = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (numberOfFolds <= 1)
        {
            throw new ArgumentOutOfRangeException(nameof(numberOfFolds), numberOfFolds, "Must be more than 1");
        }

        DataViewSchema.Column? samplingKey = SamplingKey(data, samplingKeyColumnName);
        int splitSeed = SplitSeed(seed);
        var folds = new TrainTestData[numberOfFolds];
        for (int fold = 0; fold < numberOfFolds; fold++)
        {
            folds[fold] = Split(data, samplingKey, splitSeed, (double)fold / numberOfFolds, (fold + 1.0) / numberOfFolds);
        }

        return folds;
    }

    private static void CheckCount(long count)
    {
        if (count <= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(count), "Must be greater than zero.");
        }
    }

    private static TrainTestData Split(IDataView data, DataViewSchema.Column? samplingKey, int seed, double lower, double upper)
        => new(
            new SplitView(data, samplingKey, seed, lower, upper, complement: true),
            new SplitView(data, samplingKey, seed, lower, upper, complement: false));

    private static DataViewSchema.Column? SamplingKey(IDataView data, string samplingKeyColumnName)
    {
        if (samplingKeyColumnName == null)
        {
            return null;
        }

        DataViewSchema.Column column = data.Schema.GetColumnOrNull(samplingKeyColumnName)
            ?? throw Contracts.ExceptSchemaMismatch("samplingKeyColumnName", "SamplingKeyColumn", samplingKeyColumnName);
        if (column.Type.GetItemType() is not PrimitiveDataViewType)
        {
            throw Contracts.ExceptSchemaMismatch("samplingKeyColumnName", "SamplingKeyColumn", samplingKeyColumnName, "a primitive type or a vector of one", column.Type.ToString());
        }

        return column;
    }

    private int SplitSeed(int? seed) => seed ?? (_env as HostEnvironmentBase)?.Seed ?? DefaultSplitSeed;
}
