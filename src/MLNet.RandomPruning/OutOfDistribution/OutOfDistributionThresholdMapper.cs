using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Columns;
using MLNet.RandomPruning.Rows;

namespace MLNet.RandomPruning.OutOfDistribution;

/// <summary>Rows with a Boolean that tells whether their score is above a threshold.</summary>
internal sealed class OutOfDistributionThresholdMapper(DataViewSchema input, string scoreName, double threshold, string outputName)
    : ColumnAddingMapper(input, input.With(outputName, BooleanDataViewType.Instance))
{
    private readonly DataViewSchema.Column _score = SingleColumn.Find(input, scoreName);

    protected override IEnumerable<DataViewSchema.Column> Sources => [_score];

    protected override Delegate AddedGetter(DataViewRow row, DataViewSchema.Column added)
    {
        var getter = row.GetGetter<float>(_score);
        float score = 0;
        return (ValueGetter<bool>)((ref bool value) =>
        {
            getter(ref score);
            value = float.IsNaN(score)
                ? throw new InvalidDataException($"Row {row.Position} (counted from 0), column '{scoreName}': the out-of-distribution score is NaN, which is neither in nor out. Look for the cause in the model or its input.")
                : score > threshold;
        });
    }
}
