using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Columns;
using MLNet.RandomPruning.Evaluation;
using MLNet.RandomPruning.Rows;

namespace MLNet.RandomPruning.OutOfDistribution;

/// <summary>Rows with an out-of-distribution score made of their scores or logits.</summary>
internal sealed class OutOfDistributionScoreMapper(DataViewSchema input, ScoreColumn column, OutOfDistributionScore method, bool logits, string outputName)
    : ColumnAddingMapper(input, input.With(outputName, NumberDataViewType.Single))
{
    protected override IEnumerable<DataViewSchema.Column> Sources => [column.Column];

    protected override Delegate AddedGetter(DataViewRow row, DataViewSchema.Column added)
    {
        var reader = column.Open(row);
        return (ValueGetter<float>)((ref float value) =>
        {
            var scores = reader.Read();
            try
            {
                value = (float)(logits ? method.FromLogits(scores) : method.FromProbabilities(scores));
            }
            catch (ScoreRowException e)
            {
                throw reader.Bad(e.Problem, e);
            }
        });
    }
}
