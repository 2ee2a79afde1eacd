using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Rows;

namespace MLNet.RandomPruning.Loading;

/// <summary>
/// An image set as data: a column of pixels, a vector of Byte [channel][row][column], and a label, a key with the class names.
/// Pixels are copied out as rows are read. Can be shuffled; cursors are independent and may run at once.
/// </summary>
internal sealed class ImageSetDataView : IDataView
{
    public const string FeaturesName = "Features";
    public const string LabelName = "Label";

    private readonly ImageSet _images;

    public ImageSetDataView(ImageSet images)
    {
        _images = images;
        var shape = images.Shape;
        var names = images.ClassNames.Select(name => name.AsMemory()).ToArray();
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add("KeyValues", new VectorDataViewType(TextDataViewType.Instance, names.Length), (ref VBuffer<ReadOnlyMemory<char>> value) =>
        {
            var editor = VBufferEditor.Create(ref value, names.Length);
            names.CopyTo(editor.Values);
            value = editor.Commit();
        });
        var builder = new DataViewSchema.Builder();
        builder.AddColumn(FeaturesName, new VectorDataViewType(NumberDataViewType.Byte, shape.Channels, shape.Height, shape.Width));
        builder.AddColumn(LabelName, new KeyDataViewType(typeof(uint), names.Length), annotations.ToAnnotations());
        Schema = builder.ToSchema();
    }

    public DataViewSchema Schema { get; }

    public bool CanShuffle => true;

    public long? GetRowCount() => _images.Count;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        int[]? order = null;
        if (rand is not null)
        {
            order = [.. Enumerable.Range(0, _images.Count)];
            rand.Shuffle(order);
        }

        return new Cursor(this, [.. columnsNeeded.Select(column => column.Index)], order);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(ImageSetDataView view, HashSet<int> active, int[]? order) : DataViewRowCursor
    {
        private readonly ImageSet _images = view._images;
        private long _position = -1;
        private bool _ended;

        public override DataViewSchema Schema => view.Schema;

        public override long Position => _position;

        public override long Batch => 0;

        public override bool MoveNext()
        {
            if (_ended || _position + 1 >= _images.Count)
            {
                _ended = true;
                _position = -1;
                return false;
            }

            _position++;
            return true;
        }

        public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column.Index);

        // The id belongs to the image, so that it stays with it when rows are shuffled.
        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = new DataViewRowId((ulong)Index(), 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Delegate? getter = !active.Contains(column.Index) ? null
                : column.Index == 0 ? (ValueGetter<VBuffer<byte>>)GetFeatures
                : (ValueGetter<uint>)GetLabel;
            return getter as ValueGetter<TValue> ?? throw ColumnAddingMapper.NoGetter(column, typeof(TValue));
        }

        protected override void Dispose(bool disposing)
        {
            _ended = true;
            _position = -1;
            base.Dispose(disposing);
        }

        private void GetFeatures(ref VBuffer<byte> value)
        {
            var image = _images.Image(Index());
            var editor = VBufferEditor.Create(ref value, image.Length);
            image.CopyTo(editor.Values);
            value = editor.Commit();
        }

        private void GetLabel(ref uint value) => value = (uint)_images.Label(Index()) + 1;

        private int Index() => _position < 0
            ? throw new InvalidOperationException("The cursor stands on no row: MoveNext has not been called, or has returned false.")
            : order is null ? (int)_position : order[_position];
    }
}
