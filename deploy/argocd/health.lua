-- Argo CD's health of a MigrationStatus or a MigrationTimetable. Flux 1 that is found is no failure of this object: its health says whether
-- the cluster could be judged, and the message says what to do.
-- Argo CD gives the object as `obj`, and no library but table and the basic functions.
local health = {}

local function found(kind)
  for _, condition in ipairs(obj.status.conditions) do
    if condition.type == kind then
      return condition
    end
  end
  return { status = "Unknown", message = "Not judged yet" }
end

if obj.spec ~= nil and obj.spec.suspend == true then
  health.status = "Suspended"
  health.message = "spec.suspend is true: the status stays as it was"
  return health
end

if obj.status == nil or obj.status.conditions == nil then
  health.status = "Progressing"
  health.message = "Not judged yet: the operator has not written a status"
  return health
end

if obj.status.observedGeneration ~= nil and obj.status.observedGeneration ~= obj.metadata.generation then
  health.status = "Progressing"
  health.message = "The spec has changed and is not judged yet"
  return health
end

local stalled = found("Stalled")
-- Where something cannot be read as well, waiting may still help.
if stalled.status == "True" and found("Reconciling").status ~= "True" then
  health.status = "Degraded"
  health.message = stalled.message
  return health
end

local ready = found("Ready")
if ready.status ~= "True" then
  health.status = "Progressing"
  health.message = ready.message
  return health
end

health.status = "Healthy"
health.message = ready.message
if obj.status.summary ~= nil then
  health.message = obj.status.summary.message
end
return health
