using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Columns;
using MLNet.RandomPruning.Evaluation;
using MLNet.RandomPruning.Numerics;
using MLNet.RandomPruning.Rows;
using MLNet.RandomPruning.Scoring;

namespace MLNet.RandomPruning.Calibration;

/// <summary>
/// Rows with softmax(z/T) of their logits z; of probabilities the logarithms are taken, which are the logits but for a shift that the
/// softmax does not see. The column keeps the annotations of the one that it is made of, so that evaluators know its classes.
/// </summary>
internal sealed class TemperatureMapper(DataViewSchema input, ScoreColumn column, double temperature, bool softmax, string outputName)
    : ColumnAddingMapper(input, input.With(outputName, new VectorDataViewType(NumberDataViewType.Single, column.ClassCount), Annotations(column)))
{
    // As in the fit, see TemperatureOptions.Probabilities.
    private const double LeastProbability = 1e-15;

    protected override IEnumerable<DataViewSchema.Column> Sources => [column.Column];

    protected override Delegate AddedGetter(DataViewRow row, DataViewSchema.Column added)
    {
        var reader = column.Open(row);
        float[] logits = new float[column.ClassCount], probabilities = new float[column.ClassCount];
        return (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
        {
            var scores = reader.Read();
            try
            {
                if (softmax)
                {
                    TemperatureScaling.Rescale(scores, temperature, probabilities);
                }
                else
                {
                    Logarithms(scores, logits);
                    TemperatureScaling.Rescale(logits, temperature, probabilities);
                }
            }
            catch (ScoreRowException e)
            {
                throw reader.Bad(e.Problem, e);
            }

            VectorValue.Set(ref value, probabilities);
        });
    }

    private static void Logarithms(ReadOnlySpan<float> probabilities, Span<float> logits)
    {
        // The score of a row checks that they are probabilities.
        _ = OutOfDistributionScore.MaxSoftmax.FromProbabilities(probabilities);
        for (int index = 0; index < logits.Length; index++)
        {
            logits[index] = (float)PortableMath.Log(Math.Max(probabilities[index], LeastProbability));
        }
    }

    private static DataViewSchema.Annotations Annotations(ScoreColumn column)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(column.Column.Annotations, name => name is not (ScoreSchema.ScoreColumnKind or ScoreSchema.ScoreValueKind));
        ScoreSchema.AddKinds(builder, "Score");
        return builder.ToAnnotations();
    }
}
