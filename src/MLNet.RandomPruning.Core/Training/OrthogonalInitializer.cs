namespace MLNet.RandomPruning.Training;

// w = √2·Q, where Q is the orthogonal factor, with a positive diagonal in the triangular one, of a matrix of normal draws: such a Q
// is spread evenly over all matrices with orthonormal rows (or columns) (Saxe et al., ICLR 2014). Without the channels that are taken
// out of the network the matrix is another, smaller one, whose draws are those of its own positions.
internal sealed class OrthogonalInitializer : WeightInitializer
{
    public override string Name => "orthogonal";

    private protected override void Draw(in WeightPositions positions, Span<float> values)
    {
        var layer = positions.Layer;

        // Vectors of the longer side: the rows, or the columns where these are fewer.
        bool byRows = layer.Outputs <= layer.FanIn;
        int count = Math.Min(layer.Outputs, layer.FanIn), length = Math.Max(layer.Outputs, layer.FanIn);
        var vectors = new double[count][];
        for (int vector = 0; vector < count; vector++)
        {
            vectors[vector] = new double[length];
            for (int i = 0; i < length; i++)
            {
                int position = byRows ? vector * layer.FanIn + i : i * layer.FanIn + vector;
                vectors[vector][i] = positions.RandomAt(position).NextGaussian();
            }
        }

        Orthonormalise(vectors);
        for (int index = 0; index < positions.Count; index++)
        {
            int row = positions.Kept[index] / layer.FanIn, column = positions.Kept[index] % layer.FanIn;
            values[index] = (float)(Math.Sqrt(2) * (byRows ? vectors[row][column] : vectors[column][row]));
        }
    }

    // Gram–Schmidt, each vector twice: the second pass takes away what rounding left of the first (Giraud et al., 2005).
    private static void Orthonormalise(double[][] vectors)
    {
        for (int vector = 0; vector < vectors.Length; vector++)
        {
            double[] current = vectors[vector];
            for (int pass = 0; pass < 2; pass++)
            {
                for (int earlier = 0; earlier < vector; earlier++)
                {
                    double share = Dot(current, vectors[earlier]);
                    for (int i = 0; i < current.Length; i++)
                    {
                        current[i] -= share * vectors[earlier][i];
                    }
                }
            }

            double norm = Math.Sqrt(Dot(current, current));
            for (int i = 0; i < current.Length; i++)
            {
                current[i] /= norm;
            }
        }
    }

    private static double Dot(double[] left, double[] right)
    {
        double sum = 0;
        for (int i = 0; i < left.Length; i++)
        {
            sum += left[i] * right[i];
        }

        return sum;
    }
}
