// group trees: rows of the driver's groups -> for each the earlier row of its group that it refers to, or none, as learned (GroupTreeModel).
#include <algorithm>

#include "core/layout.h"

namespace relsynth::core {

namespace {

class GroupTree {
 public:
  GroupTree(World &world, int table, int fk)
      : world_(world),
        table_(table),
        fk_(fk),
        key_(world.model.tables[table].foreign_keys[fk]),
        model_(key_.group_tree),
        nullable_(world.key(table, fk).nullable),
        state_(world.tables[table]) {
    for (const FeatureRef &ref : model_.depth_features) depth_sources_.push_back(resolve(world, table, ref, false));
    for (const FeatureRef &ref : model_.back_features) back_sources_.push_back(resolve(world, table, ref, false));
  }

  void run() {
    std::vector<int32_t> &parents = state_.parents[fk_];
    std::vector<Code> &depth = state_.depth[fk_];
    parents.assign(state_.rows, no_parent);
    depth.assign(state_.rows, 0);
    for (size_t row = 0; row < state_.rows; ++row) {
      if (row % 4096 == 0) world_.poll();
      Place place = place_of(state_, row);
      if (place.position == 1) begin();
      size_t mine = place.position == 1 ? 0 : draw_depth(place);
      if (mine > 0)
        parents[row] = static_cast<int32_t>(draw_above(place, mine));
      else
        parents[row] = refers_to_itself(row) ? static_cast<int32_t>(row) : no_parent;
      depth[row] = count_code(mine);
      note(static_cast<uint32_t>(row), mine);
    }
    state_.tree[fk_] = tree_places(parents);
  }

 private:
  void begin() {
    for (size_t d = 0; d < used_; ++d) levels_[d].clear();
    used_ = 0;
  }

  void note(uint32_t row, size_t depth) {
    used_ = std::max(used_, depth + 1);
    if (levels_.size() < used_) levels_.resize(used_);
    levels_[depth].push_back(row);
    before_ = depth;
  }

  bool refers_to_itself(size_t row) const {
    return !nullable_ || (key_.self_loop_share > 0 && stream(row, 2).uniform() < key_.self_loop_share);
  }
  Stream stream(size_t row, uint64_t sub) const { return world_.stream(table_, row, Purpose::Depth, static_cast<uint64_t>(fk_), 1 + sub); }

  const Code *features(const std::vector<FeatureRef> &refs, const std::vector<FeatureSource> &sources, const Place &place, size_t depth) {
    x_.resize(refs.size() + 1);
    for (size_t i = 0; i < refs.size(); ++i)
      x_[i] = refs[i] == depth_before     ? count_code(before_)
              : refs[i] == deepest_before ? count_code(used_ - 1)
              : refs[i] == depth_now      ? count_code(depth)
              : refs[i] == above_before   ? count_code(levels_[depth - 1].size())
                                          : feature_code(sources[i], place);
    return x_.data();
  }

  // No deeper than one below the deepest row so far.
  size_t draw_depth(const Place &place) {
    Stream random = stream(place.row, 0);
    Code code = model_.depth.draw(features(model_.depth_features, depth_sources_, place, 0), random);
    return std::min<size_t>(code > 0 ? code - 1 : 0, used_);
  }

  uint32_t draw_above(const Place &place, size_t depth) {
    const std::vector<uint32_t> &rows = levels_[depth - 1];
    Stream random = stream(place.row, 1);
    size_t back = std::max<size_t>(1, model_.back.draw(features(model_.back_features, back_sources_, place, depth), random));
    if (back == most_back && rows.size() > most_back) back += random.below(rows.size() - most_back + 1);
    // One of those there are, where the one drawn lies further back.
    if (back > rows.size()) back = 1 + random.below(rows.size());
    return rows[rows.size() - back];
  }

  World &world_;
  int table_, fk_;
  const ForeignKeyModel &key_;
  const GroupTreeModel &model_;
  bool nullable_;
  TableState &state_;
  std::vector<FeatureSource> depth_sources_, back_sources_;
  std::vector<Code> x_;
  std::vector<std::vector<uint32_t>> levels_;  // rows of the group so far by depth; the first used_ of them
  size_t used_ = 0, before_ = 0;
};

}  // namespace

void assign_in_groups(World &world, int table, int fk) { GroupTree(world, table, fk).run(); }

}  // namespace relsynth::core
